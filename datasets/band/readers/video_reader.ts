import { type Tensor, tensor } from "@codi/core/tensor";
import { CLIP_FRAMES } from "../clip.ts";
import type { ColorName } from "../colors.ts";
import { PICTURE_SIDE } from "../draw.ts";
import type { Contour } from "../held_out.ts";
import type { TrainingStyle } from "../styles.ts";
import type { ThingName } from "../things.ts";
import { type Motion, readMotion } from "./_video_motion.ts";
import { readColor } from "./color_reader.ts";
import {
  type ImageReaderCallOptions,
  type ImageReaderOptions,
  openImageReader,
} from "./image_reader.ts";

/** What the video reader finds in one clip. */
export interface VideoReading {
  /** The thing that most of the looked-at frames show. */
  readonly thing: ThingName;
  /** Its probability: the mean over those frames. */
  readonly thingProbability: number;
  /** The training style that most of the looked-at frames show. */
  readonly style: TrainingStyle;
  /** Its probability: the mean over those frames. */
  readonly styleProbability: number;
  /** The named background colour that most frames show. */
  readonly color: ColorName;
  /** The number of hops; 0 in a clip that stands still. */
  readonly count: number;
  /** The slots in which a hop begins, ascending. */
  readonly slots: readonly number[];
  /** How the hops' heights change, whatever the thing; undefined below two hops. */
  readonly contour: Contour | undefined;
  /** How high each hop gets, in pixels. */
  readonly heights: readonly number[];
  /** How high the thing is above its place in every frame, in pixels. */
  readonly lifts: readonly number[];
}

/** Reads the factors of clips, real or generated. */
export interface VideoReader extends AsyncDisposable {
  /**
   * Reads thing, style, background colour, strokes and contour.
   *
   * @param clips Tensors [16, 3, 64, 64]: frames of sRGB values in [−1, 1].
   * @param options A signal that ends the call.
   * @returns One reading for each clip.
   * @throws {RangeError} If a shape is another.
   */
  read(clips: readonly Tensor[], options?: ImageReaderCallOptions): Promise<VideoReading[]>;
  /** Frees what the reader holds. */
  close(): Promise<void>;
}

const FRAME_SHAPE = [3, PICTURE_SIDE, PICTURE_SIDE];
const PLANE = PICTURE_SIDE * PICTURE_SIDE;
const PIXELS = 3 * PLANE;

/** How many frames of a clip the image reader looks at. */
const LOOKS = 4;

/** How far above the place of a clip's thing the middle of pictures is: half of the room to hop. */
const MIDDLE = 7;

/** By how much the hops must rise or fall from the first to the last, in pixels: half of what they do. */
const CONTOUR_CHANGE = 4;

function framesOf(clip: Tensor): Tensor[] {
  if (`${clip.shape}` !== `${[CLIP_FRAMES, ...FRAME_SHAPE]}`) {
    throw new RangeError(
      `Cannot read a clip of shape [${clip.shape}]: it takes [${CLIP_FRAMES}, 3, ${PICTURE_SIDE}, ${PICTURE_SIDE}]`,
    );
  }
  return Array.from(
    { length: CLIP_FRAMES },
    (_, frame) => tensor(FRAME_SHAPE, clip.data.subarray(frame * PIXELS, (frame + 1) * PIXELS)),
  );
}

/** Up to four frames in which the thing is not squashed, spread over the clip. */
function framesToRead({ squashed }: Motion): number[] {
  const upright = [...squashed.keys()].filter((frame) => !squashed[frame]);
  const from = upright.length > 0 ? upright : [...squashed.keys()];
  const count = Math.min(LOOKS, from.length);
  return Array.from(
    { length: count },
    (_, i) => from[Math.floor((i + 0.5) * from.length / count)]!,
  );
}

/** A frame moved up, its outermost rows going on where it came from. */
function moveUp(frame: Float32Array, rows: number, out: Float32Array): void {
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < PICTURE_SIDE; y++) {
      const source = Math.max(0, Math.min(PICTURE_SIDE - 1, y + rows));
      const from = c * PLANE + source * PICTURE_SIDE;
      out.set(frame.subarray(from, from + PICTURE_SIDE), c * PLANE + y * PICTURE_SIDE);
    }
  }
}

/** The value with the largest sum of weights, and its share of all votes. */
function vote<T>(
  votes: readonly (readonly [value: T, weight: number])[],
): [winner: T, mean: number] {
  const sums = new Map<T, number>();
  for (const [value, weight] of votes) sums.set(value, (sums.get(value) ?? 0) + weight);
  const [winner, sum] = [...sums].reduce((best, one) => one[1] > best[1] ? one : best);
  return [winner, sum / votes.length];
}

/** How hops' heights change: the rise from first to last of the line that fits them best. */
function contourOf(heights: readonly number[]): Contour | undefined {
  const last = heights.length - 1;
  if (last < 1) return undefined;
  let moment = 0;
  let spread = 0;
  heights.forEach((height, i) => {
    moment += (i - last / 2) * height;
    spread += (i - last / 2) ** 2;
  });
  const change = last * moment / spread;
  return Math.abs(change) < CONTOUR_CHANGE ? "steady" : change > 0 ? "rising" : "falling";
}

/**
 * Opens the reader that judges clips independently of the models that make them. How the thing hops
 * is measured by matching the frames with each other; nothing is learnt for it. Thing and style are
 * what the image reader ({@linkcode openImageReader}) names in up to four frames without a landing,
 * moved to the middle; the colour is measured ({@linkcode readColor}) in every frame.
 *
 * @param options Where it runs, and other weights of the image reader than the shipped ones.
 * @returns The reader; close it, or bind it with `await using`.
 * @throws {WeightsMismatchError} If the weights are not exactly the image reader's.
 *
 * @example Read a clip
 * ```ts
 * import { drawClip, openArt, scene } from "@codi/band";
 * import { openVideoReader } from "@codi/band/readers";
 * import { assertEquals } from "@std/assert";
 *
 * const only = { things: ["guitar"], styles: ["twemoji"] } as const;
 * const one = scene("test", 0, only);
 * await using reader = await openVideoReader();
 * const [reading] = await reader.read([drawClip(one, await openArt(only))]);
 * assertEquals(reading?.thing, "guitar");
 * assertEquals(reading?.slots, one.rhythm);
 * assertEquals(reading?.contour, one.contour);
 * ```
 */
export async function openVideoReader(options: ImageReaderOptions = {}): Promise<VideoReader> {
  const images = await openImageReader(options);
  const readOne = async (clip: Tensor, call?: ImageReaderCallOptions): Promise<VideoReading> => {
    const frames = framesOf(clip);
    const motion = readMotion(frames);
    const chosen = framesToRead(motion);
    const pictures = tensor([chosen.length, ...FRAME_SHAPE]);
    chosen.forEach((frame, i) => {
      const rows = MIDDLE - Math.round(motion.lifts[frame]!);
      moveUp(frames[frame]!.data, rows, pictures.data.subarray(i * PIXELS, (i + 1) * PIXELS));
    });
    const looks = await images.read(pictures, call);
    const [thing, thingProbability] = vote(looks.map((one) => [one.thing, one.thingProbability]));
    const [style, styleProbability] = vote(looks.map((one) => [one.style, one.styleProbability]));
    const [color] = vote(frames.map((frame) => [readColor(frame).color, 1]));
    const { slots, heights, lifts } = motion;
    return {
      thing,
      thingProbability,
      style,
      styleProbability,
      color,
      count: slots.length,
      slots,
      contour: contourOf(heights),
      heights,
      lifts,
    };
  };
  return {
    read: async (clips, call) => {
      const readings: VideoReading[] = [];
      for (const clip of clips) readings.push(await readOne(clip, call));
      return readings;
    },
    close: () => images.close(),
    [Symbol.asyncDispose]: () => images.close(),
  };
}
