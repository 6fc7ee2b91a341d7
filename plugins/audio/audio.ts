import { defineModality, type Modality, type PartName } from "@codi/core/modality";
import type { Tensor } from "@codi/core/tensor";
import { codec } from "./codec.ts";
import { AUDIO_CONFIG, type AudioConfig } from "./config.ts";
import { audioDiffusion } from "./diffusion.ts";
import { audioEnvironment } from "./environment.ts";
import { audioPromptEncoder } from "./prompt_encoder.ts";
import { audioAutoencoder } from "./vae.ts";

/**
 * An audio modality of any size.
 *
 * @param config The sizes of its networks.
 * @param weights Where their weights are: safetensors files.
 * @returns The modality; its samples are sounds, [32000] in [−1, 1] at 16 kHz.
 *
 * @example A small one, to be trained
 * ```ts
 * import { createAudio } from "@codi/audio";
 * import { AUDIO_CONFIG } from "@codi/audio/training";
 * import { assertEquals } from "@std/assert";
 *
 * const small = createAudio({ ...AUDIO_CONFIG, latentChannels: 2 }, {
 *   autoencoder: new URL("file:///weights/autoencoder.safetensors"),
 * });
 * assertEquals([small.name, small.bridge], ["audio", false]);
 * assertEquals(small.autoencoder?.latentShape, [2, 16, 32]);
 * ```
 */
export function createAudio(
  config: AudioConfig,
  weights: Readonly<Partial<Record<PartName, URL>>>,
): Modality<"audio", Tensor> {
  return defineModality({
    name: "audio",
    version: "0.1.0",
    space: "band-1",
    bridge: false,
    codec,
    promptEncoder: audioPromptEncoder(config),
    autoencoder: audioAutoencoder(config),
    diffusion: audioDiffusion(config),
    environment: audioEnvironment(config),
    weights,
  });
}

const weights = (name: string): URL => new URL(`./weights/${name}.safetensors`, import.meta.url);

/**
 * Sounds of two seconds, [32000] in [−1, 1] at 16 kHz, with the shipped networks. Decoding takes the
 * setting `vocoder`: `griffin-lim` or `neural`.
 *
 * @example A file and back
 * ```ts
 * import { audio } from "@codi/audio";
 * import { tensor } from "@codi/core/tensor";
 * import { assert } from "@std/assert";
 *
 * const tone = tensor([32000], Float32Array.from({ length: 32000 }, (_, i) => Math.sin(i / 6)));
 * const again = await audio.codec.decode(await audio.codec.encode(tone));
 * assert(again.data.every((value, i) => Math.abs(value - tone.data[i]!) < 1e-4));
 * ```
 */
export const audio: Modality<"audio", Tensor> = createAudio(AUDIO_CONFIG, {
  promptEncoder: weights("prompt_encoder"),
  autoencoder: weights("autoencoder"),
  diffusion: weights("diffusion"),
  environment: weights("environment"),
  renderer: weights("renderer"),
});
