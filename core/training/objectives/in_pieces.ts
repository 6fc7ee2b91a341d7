import { type Tensor, tensor } from "../../tensor/mod.ts";
import type { ObjectiveContext } from "../objective.ts";

/** Samples that are encoded at once. */
const PIECE = 256;

/**
 * Runs something over the numbers below a count, some at a time, and joins what it gives.
 *
 * @param context Told how far it is, every now and then; its signal ends it.
 * @param what What messages call it, for example `encoding train captions`.
 * @param count The number of numbers.
 * @param run Makes a tensor of one row for each of some numbers.
 * @returns All rows, [count, ...].
 * @throws {RangeError} If the count is 0.
 */
export async function inPieces(
  { onProgress, signal }: Pick<ObjectiveContext, "onProgress" | "signal">,
  what: string,
  count: number,
  run: (numbers: readonly number[]) => Promise<Tensor>,
): Promise<Tensor> {
  let all: Tensor | undefined;
  for (let first = 0; first < count; first += PIECE) {
    signal?.throwIfAborted();
    const last = Math.min(count, first + PIECE);
    const part = await run(Array.from({ length: last - first }, (_, i) => first + i));
    all ??= tensor([count, ...part.shape.slice(1)]);
    all.data.set(part.data, first * (part.data.length / (last - first)));
    if ((first / PIECE) % 16 === 0) onProgress(`${what} ${last} of ${count}`);
  }
  if (all === undefined) throw new RangeError(`Cannot go on ${what}: there are none`);
  return all;
}
