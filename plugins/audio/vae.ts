import {
  type Autoencoder,
  originalLatent,
  standardizedLatent,
  timeSpans,
} from "@codi/core/modality";
import { type AutoencoderConfig, convolutionalDecoder, convolutionalEncoder } from "@codi/core/nn";
import { type Tensor, tensor } from "@codi/core/tensor";
import { type AudioConfig, latentShape, PATCH } from "./config.ts";
import { decodeSounds, SOUND_SETTINGS } from "./_decode_sounds.ts";
import { logMelBatch, MEL_SHAPE } from "./mel.ts";
import { SOUND_RATE, SOUND_SAMPLES } from "./sound.ts";
import { vocoder } from "./vocoder.ts";

/** The sizes of encoder and decoder. */
export function autoencoderConfig({ latentChannels, autoencoder }: AudioConfig): AutoencoderConfig {
  return { ...autoencoder, channels: 1, latentChannels, factor: PATCH };
}

/**
 * The audio autoencoder (CoDi, section 3.3, after Liu et al., 2023): log-mel spectrograms of sounds ⇄
 * latents of zero mean and unit variance per channel; a vocoder makes sounds of decoded spectrograms.
 *
 * @param config The sizes.
 * @returns Its networks; encoder and decoder share a file of weights, the renderer has its own.
 */
export function audioAutoencoder(config: AudioConfig): Autoencoder<Tensor> {
  const shape = latentShape(config);
  const sizes = autoencoderConfig(config);
  return {
    latentShape: shape,
    encoder: {
      name: "audio encoder",
      inputs: (batch) => ({ spectrogram: { shape: [batch, ...MEL_SHAPE], dtype: "float32" } }),
      trace: (scope, { spectrogram }) => {
        const posterior = convolutionalEncoder(scope.at("encoder"), spectrogram!, sizes);
        return { latent: standardizedLatent(scope, posterior.mean) };
      },
    },
    decoder: {
      name: "audio decoder",
      inputs: (batch) => ({ latent: { shape: [batch, ...shape], dtype: "float32" } }),
      trace: (scope, { latent }) => {
        const original = originalLatent(scope, latent!);
        return { spectrogram: convolutionalDecoder(scope.at("decoder"), original, sizes) };
      },
    },
    renderer: vocoder(config),
    feeds: (sounds) => ({ spectrogram: logMelBatch(sounds) }),
    regionMask: (region) => spanMask(region, shape),
    settings: SOUND_SETTINGS,
    decode: async (network, latents, options) => {
      const { signal } = options;
      const { spectrogram } = await network.run({ latent: latents }, { signal });
      return await decodeSounds(spectrogram!, options, config.vocoder.usual);
    },
  };
}

/** 1 for latents whose middle lies in spans of time, [channels, rows, columns]. */
function spanMask(region: string, shape: readonly [number, number, number]): Tensor {
  const duration = SOUND_SAMPLES / SOUND_RATE;
  const spans = timeSpans(region, duration);
  const [, , columns] = shape;
  const mask = tensor(shape);
  for (let i = 0; i < mask.data.length; i++) {
    const time = (i % columns + 0.5) * duration / columns;
    mask.data[i] = spans.some(([from, to]) => time > from && time < to) ? 1 : 0;
  }
  return mask;
}
