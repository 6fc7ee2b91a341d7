import { reshape, type Value } from "@codi/core/graph";
import {
  type Autoencoder,
  originalLatent,
  standardizedLatent,
  timeSpans,
} from "@codi/core/modality";
import { type AutoencoderConfig, convolutionalDecoder, convolutionalEncoder } from "@codi/core/nn";
import { elementCount, type Tensor, tensor } from "@codi/core/tensor";
import { CLIP_SHAPE, clipBatch, FRAME_COUNT, FRAME_RATE, FRAME_SIDE, splitClips } from "./clip.ts";
import { latentShape, type VideoConfig } from "./config.ts";

/** The sizes of encoder and decoder. */
export function autoencoderConfig(config: VideoConfig): AutoencoderConfig {
  const { latentChannels, latentSide, autoencoder } = config;
  return { ...autoencoder, channels: 3, latentChannels, factor: FRAME_SIDE / latentSide };
}

/**
 * The frames of clips as a batch of pictures.
 *
 * @param clips [batch, frames, ...].
 * @returns [batch · frames, ...], the frames of a clip one after another.
 */
export function framesOf(clips: Value): Value {
  const [batch, frames, ...rest] = clips.shape as [number, number, ...number[]];
  return reshape(clips, [batch * frames, ...rest]);
}

/**
 * The video autoencoder: clips ⇄ latents frame by frame, of zero mean and unit variance per channel.
 *
 * @param config The sizes.
 * @returns Its networks, which share a file of weights.
 */
export function videoAutoencoder(config: VideoConfig): Autoencoder<Tensor> {
  const shape = latentShape(config);
  const sizes = autoencoderConfig(config);
  return {
    latentShape: shape,
    encoder: {
      name: "video encoder",
      inputs: (batch) => ({ clip: { shape: [batch, ...CLIP_SHAPE], dtype: "float32" } }),
      trace: (scope, { clip }) => {
        const { mean } = convolutionalEncoder(scope.at("encoder"), framesOf(clip!), sizes);
        return { latent: reshape(standardizedLatent(scope, mean), [-1, ...shape]) };
      },
    },
    decoder: {
      name: "video decoder",
      inputs: (batch) => ({ latent: { shape: [batch, ...shape], dtype: "float32" } }),
      trace: (scope, { latent }) => {
        const original = originalLatent(scope, framesOf(latent!));
        const frames = convolutionalDecoder(scope.at("decoder"), original, sizes);
        return { clip: reshape(frames, [-1, ...CLIP_SHAPE]) };
      },
    },
    feeds: (clips) => ({ clip: clipBatch(clips) }),
    regionMask: (region) => spanMask(region, shape),
    decode: async (network, latents, { signal }) => {
      const { clip } = await network.run({ latent: latents }, { signal });
      return splitClips(clip!);
    },
  };
}

/** 1 for the latents of frames whose middle lies in spans of time, [frames, channels, side, side]. */
function spanMask(region: string, shape: readonly number[]): Tensor {
  const spans = timeSpans(region, FRAME_COUNT / FRAME_RATE);
  const mask = tensor(shape);
  const ofFrame = elementCount(shape.slice(1));
  for (let frame = 0; frame < FRAME_COUNT; frame++) {
    const time = (frame + 0.5) / FRAME_RATE;
    const isKept = spans.some(([from, to]) => time > from && time < to);
    if (isKept) mask.data.fill(1, frame * ofFrame, (frame + 1) * ofFrame);
  }
  return mask;
}
