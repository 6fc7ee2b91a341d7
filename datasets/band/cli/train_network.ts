import { train, type TrainingEvent, type TrainingTask } from "@codi/core/training";
import { writeWeights } from "@codi/core/weights";
import { fromFileUrl } from "@std/path";
import type { z } from "zod";
import { print, type TrainFlags } from "./flags.ts";

function lineOf({ step, steps, metrics, validation, secondsLeft }: TrainingEvent): string {
  const show = (values: Readonly<Record<string, number>>) =>
    Object.entries(values).map(([name, value]) => `${name} ${value.toFixed(3)}`).join(" ");
  const judged = validation ? ` | test: ${show(validation)}` : "";
  return `${step}/${steps} ${show(metrics)}${judged} | ${Math.round(secondsLeft)} s left\n`;
}

/**
 * Trains a reader's network and writes its weights once all steps are taken.
 *
 * @param reader The reader's name: that of its weights.
 * @param task What is trained.
 * @param flags The flags of the command.
 * @param signal Ends it after the step at hand; the same command goes on.
 */
export async function trainNetwork(
  reader: string,
  task: TrainingTask,
  flags: z.infer<typeof TrainFlags>,
  signal?: AbortSignal,
): Promise<void> {
  const out = flags.out ??
    fromFileUrl(new URL(`../readers/weights/${reader}.safetensors`, import.meta.url));
  const { weights, step, finished } = await train(task, {
    // A run of another seed is another run.
    directory: flags.directory ??
      `runs/reader-${reader}${flags.seed === 0 ? "" : `-${flags.seed}`}`,
    now: () => performance.now(),
    resume: true,
    run: { seed: String(flags.seed) },
    steps: flags.steps,
    seed: flags.seed,
    learningRate: 2e-3,
    weightDecay: 0.02,
    averageDecay: 0.998,
    ...(flags.minutes === undefined ? {} : { minutes: flags.minutes }),
    ...(flags.threads === undefined ? {} : { session: { threads: flags.threads } }),
    ...(signal === undefined ? {} : { signal }),
    onEvent: (event) => Deno.stderr.writeSync(new TextEncoder().encode(lineOf(event))),
  });
  if (!finished) {
    print(`Paused after step ${step} of ${flags.steps}: the same command goes on\n`);
    signal?.throwIfAborted();
    return;
  }
  await writeWeights(out, weights, {
    dtype: "float16",
    metadata: { reader, steps: String(step), seed: String(flags.seed) },
  });
  print(`${out}\n`);
}
