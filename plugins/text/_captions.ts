import { type Random, random } from "@codi/core/random";
import type { DatasetSplit, ObjectiveContext } from "@codi/core/training";

/** Draws captions of a split by a key; equal keys give equal captions, and the stream goes on after. */
export type DrawCaptions = (
  split: DatasetSplit,
  count: number,
  ...key: (string | number)[]
) => { readonly texts: string[]; readonly draw: Random };

/** The captions an objective learns from, of any scene and wording. */
export function captionsOf(context: ObjectiveContext): DrawCaptions {
  const pairs = context.pair("text");
  const limit = Math.min(context.size, 1e9);
  return (split, count, ...key) => {
    const draw = random(context.seed, "autoencode", split, ...key);
    const texts = Array.from(
      { length: count },
      () => pairs.caption(split, draw.integer(limit), draw.integer(1e6)).text,
    );
    return { texts, draw };
  };
}
