/** What the tests of runObjective() share: an objective that fits a line, and a folder to run it in. */

import { join } from "@std/path";
import { input, mse } from "../graph/mod.ts";
import { linear, Scope } from "../nn/mod.ts";
import { openDevice } from "../runtime/mod.ts";
import { tensor } from "../tensor/mod.ts";
import { writeWeights } from "../weights/mod.ts";
import type { Dataset, Objective, ObjectiveContext, PartPath, RunObjectiveOptions } from "./mod.ts";

/** Samples in two modalities with captions. */
export const dataset: Dataset = {
  name: "test data",
  modalities: ["sketch", "tune"],
  bridge: "words",
  size: () => 10,
  contentLength: 0,
  vocabulary: [],
  caption: () => ({ text: "", key: "" }),
  paraphrases: () => [{ text: "", key: "" }, { text: "", key: "" }],
  describes: () => false,
  sample: (_, __, index) => Promise.resolve(tensor([2], Float32Array.of(index, 1))),
};

/** The parts that {@linkcode objective} freezes. */
export const FROZEN: readonly PartPath[] = ["sketch/autoencoder", "words/promptEncoder"];

/** An objective with a preparation of the test's own; it fits a line. */
export function objective(
  prepare: (context: ObjectiveContext) => Promise<unknown> | void = () => {},
  changes: Partial<Objective> = {},
): Objective {
  return {
    name: "denoise sketch",
    stage: "denoise",
    trains: ["sketch/diffusion"],
    freezes: FROZEN,
    pairs: [["sketch", "words"], ["sketch", "sketch"]],
    options: { steps: 4, learningRate: 0.05, warmup: 0 },
    prepare: async (context) => {
      await prepare(context);
      const scope = new Scope();
      const loss = mse(linear(scope, input("x", [1, 2]), 1), input("y", [1, 1]));
      const batch = (step: number) => ({
        x: tensor([1, 2], Float32Array.of(step, 1)),
        y: tensor([1, 1], Float32Array.of(3)),
      });
      return {
        task: { scope, traced: { loss }, batchSize: 1, batch },
        finish: (weights) =>
          Promise.resolve({
            "sketch/diffusion": {
              tensors: { ...weights, measured: tensor([1], Float32Array.of(0.5)) },
              metadata: { measured: "yes", objective: "overwritten" },
            },
          }),
      };
    },
    ...changes,
  };
}

/** Options to run an objective in a folder of its own. */
export interface Folder extends RunObjectiveOptions {
  /** Where the frozen weights are. */
  readonly frozen: string;
}

/** A folder with frozen weights, and options to run an objective in it. */
export async function inFolder(test: (options: Folder) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "codi-objective-" });
  try {
    await using device = openDevice({ threads: 1 });
    const frozen = join(folder, "frozen");
    await Deno.mkdir(frozen);
    const locate = (part: PartPath) => join(frozen, `${part.replace("/", ".")}.safetensors`);
    for (const [index, part] of FROZEN.entries()) {
      await writeWeights(locate(part), { weight: tensor([2], Float32Array.of(index, 1)) });
    }
    let clock = 0;
    await test({
      dataset,
      device,
      frozen,
      locate,
      directory: join(folder, "run"),
      now: () => clock += 1000,
      session: { threads: 1 },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The content of every file in a folder. */
export async function contents(folder: string): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile) files[name] = await Deno.readFile(join(folder, name));
  }
  return files;
}
