import {
  add,
  constant,
  crossEntropy,
  greaterOrEqual,
  input,
  logSoftmax,
  max,
  mean,
  mul,
  oneHot,
  reshape,
  sum,
  toFloat,
  type Value,
} from "@codi/core/graph";
import { Scope } from "@codi/core/nn";
import { random } from "@codi/core/random";
import type { Feed } from "@codi/core/runtime";
import { tensor } from "@codi/core/tensor";
import type { TrainingTask } from "@codi/core/training";
import { SLOTS } from "../rhythms.ts";
import { type Scene, scene, type Split } from "../scene.ts";
import { drawSound } from "../sound/draw_sound.ts";
import type { Sounds } from "../sound/sounds.ts";
import { strokesOf } from "../sound/strokes.ts";
import { THING_NAMES } from "../things.ts";
import { blurFeatures, disturb, imitateGeneration, uneven } from "./_audio_augment.ts";
import { SHORT_WIDTH, type SoundFeatures, soundFeatures, TONE_WIDTH } from "./_audio_features.ts";
import { audioNetwork, KEYS, LOWEST_KEY } from "./_audio_network.ts";

/** What {@linkcode audioReaderTask} trains on. */
export interface AudioReaderTaskOptions {
  /** The recordings of the bank `training`. */
  readonly sounds: Sounds;
  /**
   * How many sounds a batch holds.
   *
   * @default {32}
   */
  readonly batchSize?: number;
  /**
   * How many sounds that have gone through a vocoder are made; they are kept, and come again.
   *
   * @default {3072}
   */
  readonly vocoded?: number;
  /**
   * The seed of the degradations.
   *
   * @default {0}
   */
  readonly seed?: number;
}

/** The share of the likelihood that goes to all classes alike (Szegedy et al., 2016, section 7). */
const SMOOTHING = 0.05;

/** One in so many sounds has gone through a vocoder. */
const VOCODED_EVERY = 2;

interface Example {
  readonly scene: Scene;
  readonly features: SoundFeatures;
}

function accuracy(scores: Value, targets: Value, weights: Value): Value {
  const right = sum(mul(scores, oneHot(targets, scores.shape.at(-1)!)), [-1]);
  return sum(mul(toFloat(greaterOrEqual(right, max(scores, [-1]))), weights));
}

const copyOf = ({ short, tones }: SoundFeatures): SoundFeatures => ({
  short: short.slice(),
  tones: tones.slice(),
});

/**
 * The training of the network behind the audio reader: it learns thing, onsets and keys from scenes of
 * the split `train`. Half of the sounds have gone through a log-mel spectrogram and phase retrieval;
 * the others are shifted, filtered and noisy to some degree. It is validated on scenes of the split
 * `test` as they are.
 *
 * @param options The recordings, and how they are batched.
 * @returns What the trainer of `@codi/core/training` takes; a step's batch depends on nothing but the
 * step and the seed.
 */
export function audioReaderTask(options: AudioReaderTaskOptions): TrainingTask {
  const { sounds, batchSize = 32, vocoded = 3072, seed = 0 } = options;
  const scope = new Scope();
  const short = input("short", [batchSize, SLOTS, SHORT_WIDTH]);
  const tones = input("tones", [batchSize, SLOTS, TONE_WIDTH]);
  const thing = input("thing", [batchSize], "int64");
  const onset = input("onset", [batchSize, SLOTS], "int64");
  const key = input("key", [batchSize, SLOTS], "int64");
  const keyWeight = input("keyWeight", [batchSize, SLOTS]);
  const even = (shape: readonly number[]) => {
    const count = shape.reduce((product, length) => product * length, 1);
    return constant(new Float32Array(count).fill(1 / count), shape);
  };
  const { things, onsets, keys } = audioNetwork(scope, short, tones);

  const kept = new Map<number, Example>();
  const vocodedExample = (number: number): Example => {
    const index = number % vocoded;
    let example = kept.get(index);
    if (example === undefined) {
      const stream = random("audio reader", seed, "vocoded", index);
      const one = uneven(scene("train", index), stream);
      const { data } = drawSound(one, sounds);
      imitateGeneration(data, stream);
      kept.set(index, example = { scene: one, features: soundFeatures(data) });
    }
    return { scene: example.scene, features: copyOf(example.features) };
  };
  const trainingExample = (number: number): Example => {
    const stream = random("audio reader", seed, "train", number);
    if (number % VOCODED_EVERY === 0) {
      const example = vocodedExample(number / VOCODED_EVERY);
      blurFeatures(example.features, stream);
      return example;
    }
    const one = uneven(scene("train", number), stream);
    const { data } = drawSound(one, sounds);
    disturb(data, stream);
    const features = soundFeatures(data);
    blurFeatures(features, stream);
    return { scene: one, features };
  };
  const testExample = (number: number): Example => {
    const one = scene("test", number);
    return { scene: one, features: soundFeatures(drawSound(one, sounds).data) };
  };

  const draw = (split: Split, first: number): Record<string, Feed> => {
    const feeds = {
      short: tensor(short.shape),
      tones: tensor(tones.shape),
      thing: { shape: thing.shape, data: new Int32Array(batchSize) },
      onset: { shape: onset.shape, data: new Int32Array(batchSize * SLOTS) },
      key: { shape: key.shape, data: new Int32Array(batchSize * SLOTS) },
      keyWeight: tensor(keyWeight.shape),
    };
    let strokes = 0;
    for (let i = 0; i < batchSize; i++) {
      const example = split === "train" ? trainingExample(first + i) : testExample(first + i);
      feeds.short.data.set(example.features.short, i * SLOTS * SHORT_WIDTH);
      feeds.tones.data.set(example.features.tones, i * SLOTS * TONE_WIDTH);
      feeds.thing.data[i] = THING_NAMES.indexOf(example.scene.thing);
      for (const stroke of strokesOf(example.scene)) {
        const at = i * SLOTS + stroke.slot;
        feeds.onset.data[at] = 1;
        if (example.scene.register === undefined) continue;
        feeds.key.data[at] = stroke.key - LOWEST_KEY;
        feeds.keyWeight.data[at] = 1;
        strokes += 1;
      }
    }
    for (let i = 0; i < feeds.keyWeight.data.length; i++) {
      feeds.keyWeight.data[i]! /= Math.max(1, strokes);
    }
    return feeds;
  };

  let validation: Record<string, Feed>[] | undefined;
  const flat = (x: Value, width: number) => reshape(x, [batchSize * SLOTS, width]);
  const line = (x: Value) => reshape(x, [batchSize * SLOTS]);
  const ofThings = add(
    mul(crossEntropy(things, thing, even([batchSize])), 1 - SMOOTHING),
    mul(mean(logSoftmax(things)), -SMOOTHING),
  );
  const ofOnsets = crossEntropy(flat(onsets, 2), line(onset), even([batchSize * SLOTS]));
  const ofKeys = crossEntropy(flat(keys, KEYS), line(key), line(keyWeight));
  return {
    scope,
    traced: {
      loss: add(add(ofThings, mul(ofOnsets, 4)), mul(ofKeys, 0.5)),
      metrics: {
        thing: accuracy(things, thing, even([batchSize])),
        onset: accuracy(flat(onsets, 2), line(onset), even([batchSize * SLOTS])),
        key: accuracy(flat(keys, KEYS), line(key), line(keyWeight)),
      },
    },
    batchSize,
    batch: (step) => draw("train", step * batchSize),
    // Drawn when asked for: it takes longer than the first steps.
    get validation() {
      return validation ??= Array.from(
        { length: Math.ceil(512 / batchSize) },
        (_, i) => draw("test", i * batchSize),
      );
    },
  };
}
