import { type AnyModality, openNetwork } from "@codi/core/modality";
import { type Tensor, tensor } from "@codi/core/tensor";
import type { DatasetSplit, ObjectiveContext } from "@codi/core/training";
import type { ImageConfig } from "./config.ts";
import { imagePromptEncoder } from "./prompt_encoder.ts";
import { imageAutoencoder } from "./vae.ts";

/** Captions per scene, of different wording and mention. */
export const CAPTIONS = 3;
/** Scenes that are encoded at once. */
const PIECE = 256;

/** What the frozen networks make of a split's scenes. */
export interface EncodedScenes {
  /** [scenes, channels, side, side], standardised. */
  readonly latents: Tensor;
  /** The pictures as prompts, [scenes, SPACE_WIDTH]. */
  readonly pictures: Tensor;
  /** The captions as prompts, [scenes · CAPTIONS, SPACE_WIDTH]. */
  readonly captions: Tensor;
}

/**
 * Opens the frozen networks that a denoising objective learns from.
 *
 * @param context Samples, frozen weights, cache and signal.
 * @param bridge The modality of the captions.
 * @param config The sizes of the image networks.
 * @returns Encodes the first scenes of a split.
 */
export async function openSceneEncoder(
  context: ObjectiveContext,
  bridge: AnyModality,
  config: ImageConfig,
): Promise<(split: DatasetSplit, scenes: number) => Promise<EncodedScenes>> {
  const { pairs, device, weights, cached, signal } = context;
  const autoencoder = imageAutoencoder(config);
  const promptEncoder = imagePromptEncoder(config);
  const encoder = openNetwork(autoencoder.encoder, await weights("image/autoencoder"), device);
  const pictureEncoder = openNetwork(
    promptEncoder.network,
    await weights("image/promptEncoder"),
    device,
  );
  const captionEncoder = openNetwork(
    bridge.promptEncoder.network,
    await weights(`${bridge.name}/promptEncoder`),
    device,
  );
  const pictures = (split: DatasetSplit, indices: readonly number[]) =>
    Promise.all(indices.map((index) => pairs.sample("image", split, index))) as Promise<Tensor[]>;

  return async (split, scenes) => ({
    latents: await cached(
      `latents ${split} ${scenes}`,
      () =>
        inPieces(context, `encoding ${split} latents`, scenes, async (indices) => {
          const feeds = autoencoder.feeds(await pictures(split, indices));
          return (await encoder.run(feeds, { signal }))["latent"]!;
        }),
    ),
    pictures: await cached(
      `picture prompts ${split} ${scenes}`,
      () =>
        inPieces(context, `encoding ${split} picture prompts`, scenes, async (indices) => {
          const feeds = promptEncoder.feeds(await pictures(split, indices));
          return (await pictureEncoder.run(feeds, { signal }))["embedding"]!;
        }),
    ),
    captions: await cached(
      `captions ${split} ${scenes} ${CAPTIONS}`,
      () =>
        inPieces(context, `encoding ${split} captions`, scenes * CAPTIONS, async (places) => {
          const texts = places.map((place) =>
            pairs.caption(split, Math.floor(place / CAPTIONS), place % CAPTIONS).text
          );
          return (await captionEncoder.run(bridge.promptEncoder.feeds(texts), { signal }))[
            "embedding"
          ]!;
        }),
    ),
  });
}

/** Runs something over the numbers below a count, some at a time, and joins what it gives. */
async function inPieces(
  { onProgress, signal }: ObjectiveContext,
  what: string,
  count: number,
  run: (indices: readonly number[]) => Promise<Tensor>,
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
