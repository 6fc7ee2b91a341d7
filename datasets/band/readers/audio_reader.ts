import { buildProgram, input, type Program, slice, softmax } from "@codi/core/graph";
import { Scope } from "@codi/core/nn";
import { type Device, openDevice } from "@codi/core/runtime";
import { type Tensor, tensor } from "@codi/core/tensor";
import { loadWeights, matchWeights } from "@codi/core/weights";
import type { Contour } from "../held_out.ts";
import { type Rhythm, SLOTS, type StrokeCount } from "../rhythms.ts";
import type { Register } from "../scene.ts";
import { SOUND_SAMPLES } from "../sound/draw_sound.ts";
import { THING_NAMES, type ThingName, thingOf } from "../things.ts";
import { likeliestMelody, likeliestRhythm } from "./_audio_decode.ts";
import { SHORT_WIDTH, soundFeatures, TONE_WIDTH } from "./_audio_features.ts";
import { AUDIO_FEATURE_WIDTH, audioNetwork } from "./_audio_network.ts";
import { READER_WEIGHTS } from "./reader_weights.ts";

/** What the audio reader finds in one sound. */
export interface AudioReading {
  /** The likeliest thing. */
  readonly thing: ThingName;
  /** Its probability. */
  readonly thingProbability: number;
  /** The number of strokes. */
  readonly count: StrokeCount;
  /** The slots that hold a stroke, ascending: the likeliest of the band's rhythms. */
  readonly slots: Rhythm;
  /** The probability that a stroke begins in each of the 16 slots. */
  readonly onsets: Float32Array;
  /** How the pitch moves; undefined for things without pitch and for a single stroke. */
  readonly contour: Contour | undefined;
  /** Where in the thing's range it plays; undefined for things without pitch. */
  readonly register: Register | undefined;
  /** The MIDI keys of the strokes; undefined for things without pitch. */
  readonly keys: readonly number[] | undefined;
}

/** What {@linkcode openAudioReader} works with. */
export interface AudioReaderOptions {
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
export interface AudioReaderCallOptions {
  /** Ends the call early. */
  readonly signal?: AbortSignal;
}

/** Reads the factors of sounds, real or generated. */
export interface AudioReader extends AsyncDisposable {
  /**
   * Reads thing, strokes and melody.
   *
   * @param sounds Tensors [32000]: 2 s of mono sound at 16 kHz, about −1 to 1; the level does not matter.
   * @param options A signal that ends the call.
   * @returns One reading for each sound.
   * @throws {RangeError} If a shape is another.
   */
  read(sounds: readonly Tensor[], options?: AudioReaderCallOptions): Promise<AudioReading[]>;
  /**
   * What the network makes of sounds just before it names the thing, for distances between sets of
   * sounds (Fréchet audio distance, Kilgour et al., 2019).
   *
   * @param sounds Tensors [32000], as for `read`.
   * @param options A signal that ends the call.
   * @returns [n, 128].
   * @throws {RangeError} If a shape is another.
   */
  features(sounds: readonly Tensor[], options?: AudioReaderCallOptions): Promise<Tensor>;
  /** Frees what the reader holds. */
  close(): Promise<void>;
}

/** How many sounds one program takes; the last ones of a call are filled up with zeros. */
const BATCH_SIZES = [1, 4, 16, 64] as const;

/** The index of the largest of some values. */
function argmax(values: Float32Array): number {
  return values.reduce((best, value, i) => value > values[best]! ? i : best, 0);
}

/** One sound's part of a batch's results. */
function rowOf({ shape, data }: Tensor, row: number): Float32Array {
  const width = shape.slice(1).reduce((product, length) => product * length, 1);
  return data.subarray(row * width, (row + 1) * width) as Float32Array;
}

function readingOf(outputs: Readonly<Record<string, Tensor>>, row: number): AudioReading {
  const things = rowOf(outputs["things"]!, row);
  const onsets = rowOf(outputs["onsets"]!, row).slice();
  const best = argmax(things);
  const thing = THING_NAMES[best]!;
  const { rhythm, count } = likeliestRhythm(onsets);
  const melody = thingOf(thing).pitched
    ? likeliestMelody(thing, rhythm, rowOf(outputs["keys"]!, row))
    : undefined;
  return {
    thing,
    thingProbability: things[best]!,
    count,
    slots: rhythm,
    onsets,
    contour: melody?.contour,
    register: melody?.register,
    keys: melody?.keys,
  };
}

/**
 * Opens the reader that judges sounds independently of the models that make them. A small network,
 * trained on scenes of the split `train` only, gives the probabilities of things, of onsets and of
 * keys; the reading is the likeliest rhythm and melody that a scene can have. Every sound gets a thing
 * and at least one stroke, so look at the probabilities.
 *
 * @param options Where it runs, and other weights than the shipped ones.
 * @returns The reader; close it, or bind it with `await using`.
 * @throws {WeightsMismatchError} If the weights are not exactly the network's.
 *
 * @example Read a scene
 * ```ts
 * import { drawSound, openSounds, scene } from "@codi/band";
 * import { openAudioReader } from "@codi/band/readers";
 * import { assertEquals } from "@std/assert";
 *
 * const one = scene("test", 0, { things: ["trumpet"] });
 * const sound = drawSound(one, await openSounds());
 *
 * await using reader = await openAudioReader();
 * const [reading] = await reader.read([sound]);
 * assertEquals(reading?.thing, "trumpet");
 * assertEquals(reading?.slots, one.rhythm);
 * assertEquals(reading?.register, one.register);
 * ```
 */
export async function openAudioReader(options: AudioReaderOptions = {}): Promise<AudioReader> {
  const scope = new Scope();
  const programs = new Map<number, Program>();
  const trace = (size: number) => {
    const short = input("short", [size, SLOTS, SHORT_WIDTH]);
    const tones = input("tones", [size, SLOTS, TONE_WIDTH]);
    const { features, things, onsets, keys } = audioNetwork(scope, short, tones);
    return {
      features,
      things: softmax(things),
      onsets: slice(softmax(onsets), 2, 1, 2), // [size, 16, 1]
      keys: softmax(keys),
    };
  };
  trace(1); // names the parameters
  const weights = options.weights ?? (await loadWeights(READER_WEIGHTS.audio)).tensors;
  matchWeights(scope.shapes(), weights);
  const device = options.device ?? openDevice();

  const load = (size: number) => {
    let program = programs.get(size);
    if (program === undefined) programs.set(size, program = buildProgram(trace(size), { weights }));
    return device.load(program);
  };
  const run = async (
    sounds: readonly Tensor[],
    take: (outputs: Record<string, Tensor>, row: number, sound: number) => void,
    { signal }: AudioReaderCallOptions = {},
  ): Promise<void> => {
    const strange = sounds.find(({ shape }) => shape.join() !== `${SOUND_SAMPLES}`);
    if (strange !== undefined) {
      throw new RangeError(
        `Cannot read a sound of shape [${strange.shape}]: it takes [${SOUND_SAMPLES}]`,
      );
    }
    for (let first = 0; first < sounds.length;) {
      const size = BATCH_SIZES.find((one) => one >= sounds.length - first) ?? BATCH_SIZES.at(-1)!;
      const used = Math.min(size, sounds.length - first);
      const short = tensor([size, SLOTS, SHORT_WIDTH]);
      const tones = tensor([size, SLOTS, TONE_WIDTH]);
      for (let row = 0; row < used; row++) {
        const features = soundFeatures(sounds[first + row]!.data);
        short.data.set(features.short, row * SLOTS * SHORT_WIDTH);
        tones.data.set(features.tones, row * SLOTS * TONE_WIDTH);
      }
      const executable = await load(size);
      const outputs = await executable.run({ short, tones }, { signal });
      for (let row = 0; row < used; row++) take(outputs, row, first + row);
      first += used;
    }
  };
  const close = async () => {
    if (options.device === undefined) await device.close();
  };

  return {
    read: async (sounds, call) => {
      const readings: AudioReading[] = [];
      await run(sounds, (outputs, row) => readings.push(readingOf(outputs, row)), call);
      return readings;
    },
    features: async (sounds, call) => {
      const all = tensor([sounds.length, AUDIO_FEATURE_WIDTH]);
      await run(sounds, ({ features }, row, index) => {
        all.data.set(rowOf(features!, row), index * AUDIO_FEATURE_WIDTH);
      }, call);
      return all;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
