import { requireShape, type Tensor } from "@codi/core/tensor";

/** How many samples a second of sound has, in hertz. */
export const SOUND_RATE = 16_000;
/** How many samples a sound has: two seconds. */
export const SOUND_SAMPLES = 32_000;
/** The shape of a sound: [samples], one channel, in [−1, 1]. */
export const SOUND_SHAPE: readonly [number] = [SOUND_SAMPLES];

/**
 * Checks that a tensor is a sound.
 *
 * @param sound The tensor.
 * @param action What it is needed for, as messages say it.
 * @throws {RangeError} If its shape is not [32000], it has another number of values, or is no tensor at all.
 */
export function requireSound(sound: Tensor, action: string): void {
  requireShape(sound, SOUND_SHAPE, `${action} a sound`);
}

/**
 * Sounds one after the other.
 *
 * @param sounds Each [32000].
 * @returns [batch, 32000].
 * @throws {RangeError} If one has another shape.
 */
export function soundBatch(sounds: readonly Tensor[]): Tensor {
  const data = new Float32Array(sounds.length * SOUND_SAMPLES);
  sounds.forEach((sound, index) => {
    requireSound(sound, "read");
    data.set(sound.data, index * SOUND_SAMPLES);
  });
  return { shape: [sounds.length, SOUND_SAMPLES], data };
}

/**
 * The sounds of a batch.
 *
 * @param batch [batch, 32000].
 * @returns Copies of [32000] each.
 */
export function splitSounds(batch: Tensor): Tensor[] {
  return Array.from({ length: batch.shape[0]! }, (_, index) => ({
    shape: SOUND_SHAPE,
    data: batch.data.slice(index * SOUND_SAMPLES, (index + 1) * SOUND_SAMPLES),
  }));
}
