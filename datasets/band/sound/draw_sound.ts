import { type Tensor, tensor } from "@codi/core/tensor";
import { SLOTS } from "../rhythms.ts";
import type { Scene } from "../scene.ts";
import type { Sounds } from "./sounds.ts";
import { strokesOf } from "./strokes.ts";

/** The samples of a sound in each second. */
export const SOUND_RATE = 16_000;

/** The samples of a slot. */
export const SLOT_SAMPLES = 2000;

/** The samples of a scene's sound: two seconds. */
export const SOUND_SAMPLES: number = SLOTS * SLOT_SAMPLES;

/** The greatest absolute value of a sound. */
export const SOUND_PEAK = 0.9;

/** The silence before the next stroke: 62.5 ms. */
const GAP_SAMPLES = 1000;

/** How long a stroke takes to be released: 80 ms. */
const RELEASE_SAMPLES = 1280;

/**
 * The sound of a scene: its strokes at their slots, each silent again before the next.
 *
 * @param scene The scene.
 * @param sounds The recordings.
 * @returns A float32 tensor [32000]: 2 s of mono sound at 16 kHz, the greatest absolute value 0.9.
 */
export function drawSound(scene: Scene, sounds: Sounds): Tensor {
  const sound = tensor([SOUND_SAMPLES]);
  const { data } = sound;
  const strokes = strokesOf(scene);
  let peak = 0;
  strokes.forEach(({ slot, source, key, velocity }, i) => {
    const start = slot * SLOT_SAMPLES;
    const next = strokes[i + 1];
    const end = next === undefined ? SOUND_SAMPLES : next.slot * SLOT_SAMPLES - GAP_SAMPLES;
    const note = sounds.note(source, key);
    const length = Math.min(note.length, end - start);
    const release = Math.min(RELEASE_SAMPLES, length);
    for (let k = 0; k < length; k++) {
      const value = velocity * Math.min(1, (length - k) / release) * note[k]!;
      data[start + k] = value;
      peak = Math.max(peak, Math.abs(value));
    }
  });
  for (let k = 0; k < data.length; k++) data[k]! *= SOUND_PEAK / peak;
  return sound;
}
