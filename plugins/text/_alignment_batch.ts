import { random } from "@codi/core/random";
import type { AnyModality, Feeds } from "@codi/core/modality";
import { tensor } from "@codi/core/tensor";
import type { CaptionSample, ObjectiveContext, Pairs } from "@codi/core/training";
import { rowsFor, wordTable } from "./_word_table.ts";

/** Samples of a batch of the alignment. */
export const BATCH = 96;

/**
 * The rows of a batch's table of words: two wordings of each caption have room.
 *
 * @param pairs The samples.
 */
export function wordRows({ vocabulary }: Pick<Pairs, "vocabulary">): number {
  return rowsFor(2 * BATCH, vocabulary.length);
}

/**
 * The feeds of a step of the alignment: two wordings of each caption, the samples in the other modality,
 * and what must not count as a negative.
 *
 * @param context The samples and their number.
 * @param partner The other modality.
 * @param step The step; equal steps give equal batches.
 * @returns The feeds by name.
 */
export async function alignmentBatch(
  { pairs, seed, size }: Pick<ObjectiveContext, "pairs" | "seed" | "size">,
  partner: AnyModality,
  step: number,
): Promise<Feeds> {
  const split = "train";
  const other = partner.name;
  const draw = random(seed, "align", split, step);
  const limit = Math.min(size, 1e9);
  const indices = Array.from({ length: BATCH }, () => draw.integer(limit));
  const captions = indices.map((index) => pairs.paraphrases(split, index, draw.integer(1e6)));
  const firsts = captions.map(([caption]) => caption);
  const seconds = captions.map(([, caption]) => caption);
  const { buckets, sides } = wordTable([firsts, seconds], wordRows(pairs), draw);
  const samples = await Promise.all(indices.map((index) => pairs.sample(other, split, index)));
  const offDiagonal = (holds: (caption: CaptionSample, column: number) => boolean) => ({
    shape: [BATCH, BATCH],
    data: Uint8Array.from({ length: BATCH * BATCH }, (_, place) => {
      const [row, column] = [Math.floor(place / BATCH), place % BATCH];
      return row !== column && holds(firsts[row]!, column) ? 1 : 0;
    }),
  });
  const content = tensor([BATCH, Math.max(1, pairs.contentLength)]);
  firsts.forEach((caption, row) =>
    caption.content && content.data.set(caption.content, row * pairs.contentLength)
  );
  return {
    buckets,
    "first words": sides[0]!.indices,
    "first mask": sides[0]!.mask,
    "second words": sides[1]!.indices,
    "second mask": sides[1]!.mask,
    ...partner.promptEncoder.feeds(samples),
    "true of": offDiagonal((caption, column) =>
      pairs.describes(caption, other, split, indices[column]!)
    ),
    "same content": offDiagonal(({ key }, column) => key === firsts[column]!.key),
    ...(pairs.contentLength > 0 ? { content } : {}),
  };
}
