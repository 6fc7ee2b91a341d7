import type { Feeds, Network } from "../../modality/mod.ts";
import { takeRows, type Tensor } from "../../tensor/mod.ts";
import type { ObjectiveContext } from "../objective.ts";
import { inPieces } from "./in_pieces.ts";

/** Where an objective's feeds of samples come from. */
export type FeedsOf = (indices: readonly number[]) => Promise<Feeds>;

/**
 * The feeds of a network for samples of the training split: made anew for every call, or, for the
 * first scenes, once.
 *
 * @param context Samples and cache.
 * @param modality The modality's name.
 * @param network The network that is fed.
 * @param feeds What it is fed for some samples.
 * @param scenes How many scenes' feeds are kept; none if undefined.
 * @returns The feeds of samples by their numbers, and how many numbers there are to choose from.
 */
export async function feedsOfSamples(
  context: ObjectiveContext,
  modality: string,
  network: Network,
  feeds: (samples: readonly unknown[]) => Feeds,
  scenes: number | undefined,
): Promise<{ readonly of: FeedsOf; readonly limit: number }> {
  const { pair, size, cached } = context;
  const pairs = pair(modality);
  const anew: FeedsOf = async (indices) =>
    feeds(await Promise.all(indices.map((index) => pairs.sample(modality, "train", index))));
  if (scenes === undefined) return { of: anew, limit: Math.min(size, 1e9) };
  const limit = Math.min(size, scenes);
  const kept: Record<string, Tensor> = {};
  for (const [name, { dtype }] of Object.entries(network.inputs(1))) {
    if (dtype !== "float32") {
      throw new RangeError(
        `Cannot keep the samples of "${modality}": the ${network.name} reads "${name}" as ${dtype}, and float32 alone is kept; leave out scenes`,
      );
    }
    kept[name] = await cached(
      `${network.name} ${name} ${limit}`,
      () =>
        inPieces(
          context,
          `preparing ${modality} samples`,
          limit,
          async (indices) => (await anew(indices))[name] as Tensor,
        ),
    );
  }
  return {
    limit,
    of: (indices) =>
      Promise.resolve(
        Object.fromEntries(
          Object.entries(kept).map(([name, table]) => [name, takeRows(table, indices)]),
        ),
      ),
  };
}
