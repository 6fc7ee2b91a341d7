/** Sounds from decoded spectrograms, by the vocoder that is asked for. */

import { checkSettings, type DecodeOptions, type DecodeSetting } from "@codi/core/modality";
import { type Tensor, tensor } from "@codi/core/tensor";
import { type VocoderName, VOCODERS } from "./config.ts";
import { griffinLim } from "./griffin_lim.ts";
import { MEL_SHAPE, melToMagnitude } from "./mel.ts";
import { splitSounds } from "./sound.ts";

/** The settings of decoding. */
export const SOUND_SETTINGS: Readonly<Record<"vocoder", DecodeSetting>> = {
  vocoder: {
    takes: VOCODERS.map((name) => `"${name}"`).join(" or "),
    accepts: (value) => VOCODERS.some((name) => name === value),
  },
};

/**
 * Makes sounds of spectrograms.
 *
 * @param spectrograms [batch, 1, 64, 128].
 * @param options The renderer, a signal, and `vocoder` among the settings.
 * @param usual The vocoder where the settings name none.
 * @returns One sound for each, [32000] in [−1, 1].
 * @throws {RangeError} If a setting is unknown or there is no such vocoder.
 */
export async function decodeSounds(
  spectrograms: Tensor,
  { settings = {}, renderer, signal }: DecodeOptions,
  usual: VocoderName = "griffin-lim",
): Promise<Tensor[]> {
  checkSettings("audio", SOUND_SETTINGS, settings);
  const { vocoder = usual } = settings;
  if (vocoder === "neural") {
    if (renderer === undefined) {
      throw new RangeError('Cannot decode sounds by the vocoder "neural": no renderer is given');
    }
    const network = await renderer();
    const { sound } = await network.run({ spectrogram: spectrograms }, { signal });
    return splitSounds(sound!).map(withinRange);
  }
  const size = MEL_SHAPE.reduce((a, b) => a * b);
  const sounds: Tensor[] = [];
  for (let index = 0; index < spectrograms.shape[0]!; index++) {
    signal?.throwIfAborted();
    const spectrogram = tensor(
      MEL_SHAPE,
      spectrograms.data.slice(index * size, (index + 1) * size),
    );
    sounds.push(withinRange(griffinLim(melToMagnitude(spectrogram))));
    // The caller's event loop comes first, for its signal above all.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return sounds;
}

function withinRange({ shape, data }: Tensor): Tensor {
  return { shape, data: data.map((value) => Math.max(-1, Math.min(1, value))) };
}
