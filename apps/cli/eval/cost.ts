import { fromFileUrl, join } from "@std/path";
import { messageOf } from "../message.ts";
import type { Measurement } from "./bench.ts";
import { medianOf } from "./statistics.ts";

/** What a generation costs, from the start of the process to the file. */
export interface CostFigures {
  /** The command, as the README gives it. */
  readonly command: string;
  /** The seconds of each run after a first one that does not count. */
  readonly seconds: readonly number[];
  /** The seconds of the middle one. */
  readonly medianSeconds: number;
  /** The most memory any run has held, in bytes. */
  readonly peakBytes: number;
}

/** How {@linkcode measureCost} runs the command. */
export interface CostOptions {
  /** How often. */
  readonly runs: number;
  /** Milliseconds since some fixed moment. */
  readonly now: () => number;
  /** Told how far the measure is. */
  readonly progress: (done: number, total: number) => void;
  /** Ends the measure early. */
  readonly signal: AbortSignal;
}

const SENTENCE = "a guitar on a yellow background";
const GIGABYTE = 1e9;

/**
 * Runs the README's first command, task runner included.
 *
 * @param options How often.
 * @returns The figures.
 * @throws {Error} If the command fails.
 */
export async function measureCost(options: CostOptions): Promise<Measurement<CostFigures>> {
  const { runs, now, progress, signal } = options;
  const out = await Deno.makeTempDir({ prefix: "codi-cost-" });
  try {
    const seconds: number[] = [];
    let peakBytes = 0;
    for (let run = 0; run <= runs; run++) {
      progress(run, runs + 1);
      const begun = now();
      const { success, stdout, stderr } = await new Deno.Command("deno", {
        args: [
          "task",
          "--quiet",
          "generate",
          SENTENCE,
          "--to",
          "image",
          "--json",
          "--out",
          join(out, "out"),
        ],
        cwd: fromFileUrl(new URL("../../../", import.meta.url)),
        stdin: "null",
        signal,
      }).output();
      const elapsed = (now() - begun) / 1000;
      signal.throwIfAborted();
      if (!success) {
        // What went wrong stands on the last line.
        const lines = new TextDecoder().decode(stderr).trim().split("\n");
        throw new Error(messageOf(lines.at(-1)));
      }
      const { timing } = JSON.parse(new TextDecoder().decode(stdout));
      // The first run finds nothing in the system's file cache.
      if (run > 0) seconds.push(elapsed);
      peakBytes = Math.max(peakBytes, timing.peakBytes);
    }
    const medianSeconds = medianOf(seconds);
    return {
      figures: {
        command: `deno task generate "${SENTENCE}" --to image`,
        seconds,
        medianSeconds,
        peakBytes,
      },
      rows: [
        {
          name: "start to file, median",
          value: `${medianSeconds.toFixed(2)} s`,
          goal: "< 8 s",
          met: medianSeconds < 8,
        },
        {
          name: "peak memory",
          value: `${(peakBytes / GIGABYTE).toFixed(2)} GB`,
          goal: "< 1.5 GB",
          met: peakBytes < 1.5 * GIGABYTE,
        },
      ],
    };
  } finally {
    await Deno.remove(out, { recursive: true });
  }
}
