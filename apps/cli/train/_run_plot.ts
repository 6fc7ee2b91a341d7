import type { TrainingEvent } from "@codi/core/training";
import { writeFileAtomic } from "@codi/core/weights";
import { join } from "@std/path";
import type { CommandContext } from "../command.ts";
import { messageOf } from "../message.ts";
import { lossPlot } from "../plot.ts";

/** As often as the trainer writes checkpoints. */
const MINUTES = 5;

/** The plot of a run, kept beside its log. */
export interface RunPlot {
  /** Draws the plot anew if it is old; to be called after every line of the log. */
  update(): void;
  /** Draws the plot for the last time. */
  finish(): Promise<void>;
}

/** Keeps `loss.svg` up to date with `log.jsonl`. A plot that cannot be drawn does not end a run. */
export function openRunPlot(
  directory: string,
  title: string,
  { now, report }: CommandContext,
): RunPlot {
  let last = now();
  let drawing = Promise.resolve();
  const draw = async () => {
    try {
      const lines = (await Deno.readTextFile(join(directory, "log.jsonl"))).trim().split("\n");
      const events = lines.filter((line) => line !== "")
        .map((line) => JSON.parse(line) as TrainingEvent);
      if (events.length === 0) return;
      const svg = await lossPlot(events, title);
      await writeFileAtomic(join(directory, "loss.svg"), new TextEncoder().encode(svg));
    } catch (error) {
      report(`Cannot draw the plot of "${directory}": ${messageOf(error)}\n`);
    }
  };
  return {
    update: () => {
      if (now() - last < MINUTES * 60_000) return;
      last = now();
      drawing = drawing.then(draw);
    },
    finish: async () => {
      drawing = drawing.then(draw);
      await drawing;
    },
  };
}
