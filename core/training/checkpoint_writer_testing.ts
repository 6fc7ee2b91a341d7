/**
 * Writes one checkpoint after another, for a test that kills it. Every number in a checkpoint is its
 * step, so that a mixture of two would show. The first argument is the file.
 */

import { writeCheckpoint } from "./checkpoint.ts";

const length = 200_000;

/** The parameters of the checkpoints. */
export const slots = [
  { name: "a", shape: [length - 1], offset: 0, length: length - 1 },
  { name: "b", shape: [1], offset: length - 1, length: 1 },
];

if (import.meta.main) {
  for (let step = 1;; step++) {
    const array = new Float32Array(length).fill(step);
    const state = { parameters: array, first: array, second: array, average: array };
    await writeCheckpoint(Deno.args[0]!, { step, state }, slots);
    if (step === 1) await Deno.stdout.write(new Uint8Array(1));
  }
}
