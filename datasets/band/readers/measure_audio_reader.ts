import { random } from "@codi/core/random";
import type { Rhythm } from "../rhythms.ts";
import { type Scene, scene, type SceneOptions, type Split } from "../scene.ts";
import { drawSound } from "../sound/draw_sound.ts";
import type { Sounds } from "../sound/sounds.ts";
import type { AudioReader, AudioReading } from "./audio_reader.ts";
import { slotF1 } from "./slot_f1.ts";
import { degradeSound, type SoundDegradation } from "./sound_degrade.ts";

/** What {@linkcode measureAudioReader} plays to the reader. */
export interface AudioReaderTest {
  /** The recordings. */
  readonly sounds: Sounds;
  /** The part of the data set. */
  readonly split: Split;
  /** How many scenes. */
  readonly count: number;
  /**
   * The number of the first scene.
   *
   * @default {0}
   */
  readonly first?: number;
  /**
   * What the scenes are restricted to.
   *
   * @default {{}}
   */
  readonly restriction?: SceneOptions;
  /**
   * What is done to every sound before it is read.
   *
   * @default {{}}
   */
  readonly degradation?: SoundDegradation;
}

/** How well the audio reader reads. */
export interface AudioReaderMeasure {
  /** How many sounds were read. */
  readonly sounds: number;
  /** The share whose thing was read right. */
  readonly thing: number;
  /** The share whose number of strokes was read right. */
  readonly count: number;
  /** The F1 score of all strokes' slots: a stroke counts if one was read in exactly its slot. */
  readonly slotF1: number;
  /** The share whose strokes were all read right, and no others. */
  readonly rhythm: number;
  /** The share of those with a contour whose contour was read right. */
  readonly contour: number;
  /** The share of those with a register whose register was read right. */
  readonly register: number;
  /** The sounds that were read wrong in any of these, with what was read. */
  readonly misread: readonly { readonly scene: Scene; readonly reading: AudioReading }[];
}

const CHUNK = 64;

/**
 * Measures the audio reader on scenes whose factors are known: the ceiling of what it can say about
 * generated sounds.
 *
 * @param reader The reader.
 * @param test The scenes, and what is done to their sounds.
 * @returns The shares read right, and everything that was misread.
 */
export async function measureAudioReader(
  reader: AudioReader,
  test: AudioReaderTest,
): Promise<AudioReaderMeasure> {
  const { sounds, split, count, first = 0, restriction = {}, degradation = {} } = test;
  const right = { thing: 0, count: 0, rhythm: 0, contour: 0, register: 0 };
  const asked = { contour: 0, register: 0 };
  const slots = { read: [] as Rhythm[], played: [] as Rhythm[] };
  const misread: { scene: Scene; reading: AudioReading }[] = [];
  for (let start = 0; start < count; start += CHUNK) {
    const size = Math.min(CHUNK, count - start);
    const scenes = Array.from(
      { length: size },
      (_, i) => scene(split, first + start + i, restriction),
    );
    const readings = await reader.read(scenes.map((one) => {
      const sound = drawSound(one, sounds);
      const stream = random("measure audio reader", split, one.index);
      degradeSound(sound.data, degradation, stream);
      return sound;
    }));
    readings.forEach((reading, i) => {
      const one = scenes[i]!;
      const correct = {
        thing: reading.thing === one.thing,
        count: reading.count === one.count,
        rhythm: reading.slots.join() === one.rhythm.join(),
        contour: reading.contour === one.contour,
        register: reading.register === one.register,
      };
      right.thing += Number(correct.thing);
      right.count += Number(correct.count);
      right.rhythm += Number(correct.rhythm);
      for (const factor of ["contour", "register"] as const) {
        if (one[factor] === undefined) continue;
        asked[factor] += 1;
        right[factor] += Number(correct[factor]);
      }
      slots.read.push(reading.slots);
      slots.played.push(one.rhythm);
      if (Object.values(correct).includes(false)) misread.push({ scene: one, reading });
    });
  }
  return {
    sounds: count,
    thing: right.thing / count,
    count: right.count / count,
    slotF1: slotF1(slots.read, slots.played).f1,
    rhythm: right.rhythm / count,
    contour: right.contour / asked.contour,
    register: right.register / asked.register,
    misread,
  };
}
