import type { Random } from "@codi/core/random";
import { SOUND_SAMPLES } from "../sound/draw_sound.ts";
import { vocode } from "./_audio_vocode.ts";

/** What is done to a sound, in this order. */
export interface SoundDegradation {
  /**
   * How often Griffin-Lim phase retrieval goes round after the sound has been reduced to a log-mel
   * spectrogram of 64 bands and 128 windows; undefined leaves the sound as it is.
   */
  readonly vocoder?: number | undefined;
  /**
   * The standard deviation of independent noise that is added to the logarithms of the mel
   * spectrogram's powers, where there is a vocoder.
   *
   * @default {0}
   */
  readonly smear?: number;
  /**
   * The standard deviation of independent noise, samples being in [−1, 1].
   *
   * @default {0}
   */
  readonly noise?: number;
}

/**
 * Makes a sound worse, in place.
 *
 * @param sound 32 000 samples in [−1, 1]; noise may lead out of that range.
 * @param how What to do.
 * @param stream Where noise and first phases come from.
 * @throws {RangeError} If it is not one sound.
 */
export function degradeSound(sound: Float32Array, how: SoundDegradation, stream: Random): void {
  const { vocoder, smear = 0, noise = 0 } = how;
  if (sound.length !== SOUND_SAMPLES) {
    throw new RangeError(
      `Cannot degrade a sound of ${sound.length} samples: it takes ${SOUND_SAMPLES}`,
    );
  }
  if (vocoder !== undefined) {
    vocode(sound, vocoder, stream, (mel) => {
      if (smear > 0) { for (let i = 0; i < mel.length; i++) mel[i]! += smear * stream.normal(); }
    });
  }
  if (noise > 0) {
    for (let i = 0; i < sound.length; i++) sound[i]! += noise * stream.normal();
  }
}
