import { random } from "@codi/core/random";
import type { Art } from "../art.ts";
import { CLIP_FRAMES, drawClip } from "../clip.ts";
import { PICTURE_SIDE } from "../draw.ts";
import type { Rhythm } from "../rhythms.ts";
import { type Scene, scene, type Split } from "../scene.ts";
import { type Degradation, degrade } from "./degrade.ts";
import { slotF1 } from "./slot_f1.ts";
import type { VideoReader, VideoReading } from "./video_reader.ts";

/** What {@linkcode measureVideoReader} shows the reader. */
export interface VideoReaderTest {
  /** The drawings of the split's styles. */
  readonly art: Art;
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
   * What is done to every frame before it is read, with noise of its own.
   *
   * @default {{}}
   */
  readonly degradation?: Degradation;
}

/** How well the video reader reads. */
export interface VideoReaderMeasure {
  /** How many clips were read. */
  readonly clips: number;
  /** The share whose thing was read right. */
  readonly thing: number;
  /** The share whose style was read right; 0 for styles the image reader was not trained on. */
  readonly style: number;
  /** The share whose background colour was read right. */
  readonly color: number;
  /** The share whose number of strokes was read right. */
  readonly count: number;
  /** The F1 score of all strokes' slots: a stroke counts if a hop was read in exactly its slot. */
  readonly slotF1: number;
  /** The share whose strokes were all read right, and no others. */
  readonly rhythm: number;
  /** The share of those with a contour whose contour was read right. */
  readonly contour: number;
  /** The clips that were read wrong in any of these, with what was read. */
  readonly misread: readonly { readonly scene: Scene; readonly reading: VideoReading }[];
}

const FRAME = 3 * PICTURE_SIDE * PICTURE_SIDE;

/**
 * Measures the video reader on scenes whose factors are known: the ceiling of what it can say about
 * generated clips.
 *
 * @param reader The reader.
 * @param test The scenes, and what is done to their frames.
 * @returns The shares read right, and everything that was misread.
 */
export async function measureVideoReader(
  reader: VideoReader,
  test: VideoReaderTest,
): Promise<VideoReaderMeasure> {
  const { art, split, count, first = 0, degradation = {} } = test;
  const right = { thing: 0, style: 0, color: 0, count: 0, rhythm: 0, contour: 0 };
  const slots = { read: [] as Rhythm[], shown: [] as Rhythm[] };
  const misread: { scene: Scene; reading: VideoReading }[] = [];
  let contours = 0;
  for (let index = first; index < first + count; index++) {
    const one = scene(split, index);
    const clip = drawClip(one, art);
    for (let frame = 0; frame < CLIP_FRAMES; frame++) {
      const values = clip.data.subarray(frame * FRAME, (frame + 1) * FRAME);
      degrade(values, degradation, random("measure video reader", split, index, frame));
    }
    const [reading] = await reader.read([clip]);
    const found = {
      thing: reading!.thing === one.thing,
      style: reading!.style === one.style,
      color: reading!.color === one.color,
      count: reading!.count === one.count,
      rhythm: reading!.slots.join() === one.rhythm.join(),
      contour: one.contour !== undefined && reading!.contour === one.contour,
    };
    for (const name of Object.keys(right) as (keyof typeof right)[]) {
      right[name] += Number(found[name]);
    }
    contours += Number(one.contour !== undefined);
    slots.read.push(reading!.slots);
    slots.shown.push(one.rhythm);
    const wrongContour = one.contour !== undefined && !found.contour;
    if (!(found.thing && found.style && found.color && found.rhythm) || wrongContour) {
      misread.push({ scene: one, reading: reading! });
    }
  }
  return {
    clips: count,
    thing: right.thing / count,
    style: right.style / count,
    color: right.color / count,
    count: right.count / count,
    slotF1: slotF1(slots.read, slots.shown).f1,
    rhythm: right.rhythm / count,
    contour: contours === 0 ? 1 : right.contour / contours,
    misread,
  };
}
