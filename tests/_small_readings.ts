/** What small outputs show, measured simply: readers of the band expect better ones. */

import { scene } from "@codi/band";
import type { AnyModality } from "@codi/core/modality";
import { type Tensor, tensor } from "@codi/core/tensor";
import type { Dataset } from "@codi/core/training";
import { SMALL_SCENES } from "./_small_model.ts";

/** The mean frame of a clip: the thing where it stands most of the time. */
export function meanFrame({ shape, data }: Tensor): Tensor {
  const [frames, ...rest] = shape as [number, ...number[]];
  const size = data.length / frames;
  const mean = tensor(rest);
  data.forEach((value, i) => mean.data[i % size]! += value / frames);
  return mean;
}

/** Reads the thing off the real sample that a picture, or a clip's mean frame, is nearest to. */
export async function nearestReader(
  dataset: Dataset,
  modality: AnyModality,
  count: number,
): Promise<(sample: Tensor) => string> {
  const { name } = modality;
  const look = (sample: Tensor) => (name === "video" ? meanFrame(sample) : sample).data;
  const known = await Promise.all(
    Array.from({ length: count }, async (_, index) => ({
      seen: look(await dataset.sample(name, "train", index) as Tensor),
      thing: scene("train", index, SMALL_SCENES).thing,
    })),
  );
  return (sample) => {
    const seen = look(sample);
    let nearest = known[0]!;
    let least = Infinity;
    for (const one of known) {
      const gap = squaredDistance(seen, one.seen);
      if (gap < least) [nearest, least] = [one, gap];
    }
    return nearest.thing;
  };
}

/** The square of the distance between two vectors. */
export function squaredDistance(a: Float32Array, b: Float32Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i]! - b[i]!) ** 2;
  return total;
}
