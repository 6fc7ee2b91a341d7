import { buildProgram, input, type Program, softmax } from "@codi/core/graph";
import { Scope } from "@codi/core/nn";
import { type Device, openDevice } from "@codi/core/runtime";
import { type Tensor, tensor } from "@codi/core/tensor";
import { loadWeights, matchWeights } from "@codi/core/weights";
import type { ColorName } from "../colors.ts";
import { PICTURE_SIDE } from "../draw.ts";
import { TRAINING_STYLES, type TrainingStyle } from "../styles.ts";
import { THING_NAMES, type ThingName } from "../things.ts";
import { FEATURE_WIDTH, imageNetwork } from "./_image_network.ts";
import { readColor } from "./color_reader.ts";
import { READER_WEIGHTS } from "./reader_weights.ts";

/** What the image reader finds in one picture. */
export interface ImageReading {
  /** The likeliest thing. */
  readonly thing: ThingName;
  /** Its probability. */
  readonly thingProbability: number;
  /** The likeliest of the seven styles that are trained on. */
  readonly style: TrainingStyle;
  /** Its probability. */
  readonly styleProbability: number;
  /** The named background colour. */
  readonly color: ColorName;
  /** How far the background is from it: a Euclidean distance in sRGB, channels from 0 to 255. */
  readonly colorDistance: number;
}

/** What {@linkcode openImageReader} works with. */
export interface ImageReaderOptions {
  /**
   * Where the network runs; it stays open when the reader is closed.
   *
   * @default {a device of its own}
   */
  readonly device?: Device;
  /**
   * The network's weights by name.
   *
   * @default {those that come with the package}
   */
  readonly weights?: Readonly<Record<string, Tensor>>;
}

/** Options of one call. */
export interface ImageReaderCallOptions {
  /** Ends the call early. */
  readonly signal?: AbortSignal;
}

/** Reads the factors of pictures, real or generated. */
export interface ImageReader extends AsyncDisposable {
  /**
   * Reads thing, style and background colour.
   *
   * @param pictures [n, 3, 64, 64], sRGB values in [−1, 1].
   * @param options A signal that ends the call.
   * @returns One reading for each picture.
   * @throws {RangeError} If the shape is another.
   */
  read(pictures: Tensor, options?: ImageReaderCallOptions): Promise<ImageReading[]>;
  /**
   * What the network makes of pictures just before it names thing and style, for distances between
   * sets of pictures (Fréchet distance, Heusel et al., 2017, equation 6).
   *
   * @param pictures [n, 3, 64, 64], sRGB values in [−1, 1].
   * @param options A signal that ends the call.
   * @returns [n, 96], not negative.
   * @throws {RangeError} If the shape is another.
   */
  features(pictures: Tensor, options?: ImageReaderCallOptions): Promise<Tensor>;
  /** Frees what the reader holds. */
  close(): Promise<void>;
}

/** How many pictures one program takes; the last ones of a call are filled up with zeros. */
const BATCH_SIZES = [1, 4, 16, 64] as const;
const PIXELS = 3 * PICTURE_SIDE * PICTURE_SIDE;

/** The index of the largest of some values. */
function argmax(values: Float32Array): number {
  return values.reduce((best, value, i) => value > values[best]! ? i : best, 0);
}

/**
 * Opens the reader that judges pictures independently of the models that make them. Thing and style
 * come from a small convolution network, trained on scenes of the split `train` only; the colour is
 * measured ({@linkcode readColor}). Every picture gets a thing and a style, so look at the probabilities.
 *
 * @param options Where it runs, and other weights than the shipped ones.
 * @returns The reader; close it, or bind it with `await using`.
 * @throws {WeightsMismatchError} If the weights are not exactly the network's.
 *
 * @example Read a scene
 * ```ts
 * import { drawImage, openArt, scene } from "@codi/band";
 * import { openImageReader } from "@codi/band/readers";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const one = scene("test", 0, { things: ["guitar"], styles: ["twemoji"] });
 * const picture = drawImage(one, await openArt({ things: ["guitar"], styles: ["twemoji"] }));
 *
 * await using reader = await openImageReader();
 * const [reading] = await reader.read(tensor([1, 3, 64, 64], picture.data));
 * assertEquals(reading?.thing, "guitar");
 * assertEquals(reading?.style, "twemoji");
 * assertEquals(reading?.color, one.color);
 * ```
 */
export async function openImageReader(options: ImageReaderOptions = {}): Promise<ImageReader> {
  const scope = new Scope();
  const programs = new Map<number, Program>();
  const trace = (size: number) => {
    const picture = input("picture", [size, 3, PICTURE_SIDE, PICTURE_SIDE]);
    const { features, things, styles } = imageNetwork(scope, picture);
    return { features, things: softmax(things), styles: softmax(styles) };
  };
  trace(1); // names the parameters
  const weights = options.weights ?? (await loadWeights(READER_WEIGHTS.image)).tensors;
  matchWeights(scope.shapes(), weights);
  const device = options.device ?? openDevice();

  const load = (size: number) => {
    let program = programs.get(size);
    if (program === undefined) programs.set(size, program = buildProgram(trace(size), { weights }));
    return device.load(program);
  };
  const run = async (
    pictures: Tensor,
    take: (outputs: Record<string, Tensor>, row: number, picture: number) => void,
    { signal }: ImageReaderCallOptions = {},
  ): Promise<void> => {
    const [count = 0, ...shape] = pictures.shape;
    if (shape.join() !== `3,${PICTURE_SIDE},${PICTURE_SIDE}`) {
      throw new RangeError(
        `Cannot read pictures of shape [${pictures.shape}]: it takes [n, 3, ${PICTURE_SIDE}, ${PICTURE_SIDE}]`,
      );
    }
    for (let first = 0; first < count;) {
      const size = BATCH_SIZES.find((one) => one >= count - first) ?? BATCH_SIZES.at(-1)!;
      const used = Math.min(size, count - first);
      const data = new Float32Array(size * PIXELS);
      data.set(pictures.data.subarray(first * PIXELS, (first + used) * PIXELS));
      const executable = await load(size);
      const picture = tensor([size, 3, PICTURE_SIDE, PICTURE_SIDE], data);
      const outputs = await executable.run({ picture }, { signal });
      for (let row = 0; row < used; row++) take(outputs, row, first + row);
      first += used;
    }
  };
  const rowOf = (table: Tensor, row: number) => {
    const width = table.shape[1]!;
    return table.data.subarray(row * width, (row + 1) * width);
  };
  const close = async () => {
    if (options.device === undefined) await device.close();
  };

  return {
    read: async (pictures, call) => {
      const readings: ImageReading[] = [];
      await run(pictures, ({ things, styles }, row, index) => {
        const [ofThings, ofStyles] = [rowOf(things!, row), rowOf(styles!, row)];
        const [thing, style] = [argmax(ofThings), argmax(ofStyles)];
        const planes = pictures.data.subarray(index * PIXELS, (index + 1) * PIXELS);
        const { color, distance } = readColor(tensor(pictures.shape.slice(1), planes));
        readings.push({
          thing: THING_NAMES[thing]!,
          thingProbability: ofThings[thing]!,
          style: TRAINING_STYLES[style]!,
          styleProbability: ofStyles[style]!,
          color,
          colorDistance: distance,
        });
      }, call);
      return readings;
    },
    features: async (pictures, call) => {
      const all = tensor([pictures.shape[0] ?? 0, FEATURE_WIDTH]);
      await run(pictures, ({ features }, row, index) => {
        all.data.set(rowOf(features!, row), index * FEATURE_WIDTH);
      }, call);
      return all;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
