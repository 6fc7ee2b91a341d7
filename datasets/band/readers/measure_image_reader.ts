import { random } from "@codi/core/random";
import { tensor } from "@codi/core/tensor";
import type { Art } from "../art.ts";
import { drawScene, PICTURE_SIDE } from "../draw.ts";
import { type Scene, scene, type Split } from "../scene.ts";
import { type Degradation, degrade } from "./degrade.ts";
import type { ImageReader, ImageReading } from "./image_reader.ts";

/** What {@linkcode measureImageReader} shows the reader. */
export interface ImageReaderTest {
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
   * What is done to every picture before it is read.
   *
   * @default {{}}
   */
  readonly degradation?: Degradation;
}

/** How well the image reader reads. */
export interface ImageReaderMeasure {
  /** How many pictures were read. */
  readonly pictures: number;
  /** The share whose thing was read right. */
  readonly thing: number;
  /** The share whose style was read right; 0 for styles the reader was not trained on. */
  readonly style: number;
  /** The share whose background colour was read right. */
  readonly color: number;
  /** The largest distance of a background from the named colour it was read as. */
  readonly colorDistance: number;
  /** The scenes that were read wrong in any of the three, with what was read. */
  readonly misread: readonly { readonly scene: Scene; readonly reading: ImageReading }[];
}

const PIXELS = 3 * PICTURE_SIDE * PICTURE_SIDE;
const CHUNK = 64;

/**
 * Measures the image reader on scenes whose factors are known: the ceiling of what it can say about
 * generated pictures.
 *
 * @param reader The reader.
 * @param test The scenes, and what is done to their pictures.
 * @returns The shares read right, and everything that was misread.
 */
export async function measureImageReader(
  reader: ImageReader,
  test: ImageReaderTest,
): Promise<ImageReaderMeasure> {
  const { art, split, count, first = 0, degradation = {} } = test;
  const right = { thing: 0, style: 0, color: 0 };
  const misread: { scene: Scene; reading: ImageReading }[] = [];
  let colorDistance = 0;
  for (let start = 0; start < count; start += CHUNK) {
    const size = Math.min(CHUNK, count - start);
    const scenes = Array.from({ length: size }, (_, i) => scene(split, first + start + i));
    const data = new Float32Array(size * PIXELS);
    scenes.forEach((one, i) => {
      drawScene(one, art, data, { offset: i * PIXELS });
      const stream = random("measure image reader", split, one.index);
      degrade(data.subarray(i * PIXELS, (i + 1) * PIXELS), degradation, stream);
    });
    const readings = await reader.read(tensor([size, 3, PICTURE_SIDE, PICTURE_SIDE], data));
    readings.forEach((reading, i) => {
      const one = scenes[i]!;
      const thing = reading.thing === one.thing;
      const style = reading.style === one.style;
      const color = reading.color === one.color;
      right.thing += Number(thing);
      right.style += Number(style);
      right.color += Number(color);
      colorDistance = Math.max(colorDistance, reading.colorDistance);
      if (!(thing && style && color)) misread.push({ scene: one, reading });
    });
  }
  return {
    pictures: count,
    thing: right.thing / count,
    style: right.style / count,
    color: right.color / count,
    colorDistance,
    misread,
  };
}
