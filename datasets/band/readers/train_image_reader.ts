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
  sum,
  toFloat,
  type Value,
} from "@codi/core/graph";
import { Scope } from "@codi/core/nn";
import { random } from "@codi/core/random";
import type { Feed } from "@codi/core/runtime";
import { tensor } from "@codi/core/tensor";
import type { TrainingTask } from "@codi/core/training";
import type { Art } from "../art.ts";
import { drawScene, PICTURE_SIDE } from "../draw.ts";
import { scene, type Split } from "../scene.ts";
import { TRAINING_STYLES } from "../styles.ts";
import { THING_NAMES } from "../things.ts";

import { distort, misplace, randomDegradation } from "./_augment.ts";
import { imageNetwork } from "./_image_network.ts";
import { degrade } from "./degrade.ts";

/** What {@linkcode imageReaderTask} trains on. */
export interface ImageReaderTaskOptions {
  /** The training styles' drawings. */
  readonly art: Art;
  /**
   * How many pictures a batch holds.
   *
   * @default {32}
   */
  readonly batchSize?: number;
  /**
   * The seed of the degradations.
   *
   * @default {0}
   */
  readonly seed?: number;
}

/** The share of the likelihood that goes to all classes alike (Szegedy et al., 2016, section 7). */
const SMOOTHING = 0.05;

/** The share of pictures that are bent and recoloured; their style is no longer the art set's. */
const DISTORTED = 0.3;
const PIXELS = 3 * PICTURE_SIDE * PICTURE_SIDE;

/** Cross-entropy with smoothed labels. @param weights [batch], how much each picture counts, summing to 1. */
function smoothedCrossEntropy(scores: Value, targets: Value, weights: Value): Value {
  const even = sum(mul(mean(logSoftmax(scores), [-1]), weights));
  return add(
    mul(crossEntropy(scores, targets, weights), 1 - SMOOTHING),
    mul(even, -SMOOTHING),
  );
}

function accuracy(scores: Value, targets: Value, weights: Value): Value {
  const right = sum(mul(scores, oneHot(targets, scores.shape.at(-1)!)), [-1]);
  return sum(mul(toFloat(greaterOrEqual(right, max(scores, [-1]))), weights));
}

/**
 * The training of the network behind the image reader: it learns thing and style from scenes of the
 * split `train`, two thirds of them slightly blurred, noisy or off in colour. Nearly a third are
 * mirrored, recoloured and partly covered besides and teach the thing alone, so that it is told by its
 * shape as well. It is validated on scenes of the split `test` as they are.
 *
 * @param options The drawings, and how they are batched.
 * @returns What the trainer of `@codi/core/training` takes; a step's batch depends on nothing but the
 * step and the seed.
 */
export function imageReaderTask(options: ImageReaderTaskOptions): TrainingTask {
  const { art, batchSize = 32, seed = 0 } = options;
  const scope = new Scope();
  const picture = input("picture", [batchSize, 3, PICTURE_SIDE, PICTURE_SIDE]);
  const thing = input("thing", [batchSize], "int64");
  const style = input("style", [batchSize], "int64");
  const styleWeight = input("styleWeight", [batchSize]);
  const thingWeight = constant(new Float32Array(batchSize).fill(1 / batchSize), [batchSize]);
  const { things, styles } = imageNetwork(scope, picture);

  const draw = (split: Split, first: number, change: boolean): Record<string, Feed> => {
    const pictures = new Float32Array(batchSize * PIXELS);
    const thingClasses = new Int32Array(batchSize);
    const styleClasses = new Int32Array(batchSize);
    const weights = new Float32Array(batchSize);
    for (let i = 0; i < batchSize; i++) {
      const stream = random("image reader", seed, split, first + i);
      const distorted = change && stream.uniform() < DISTORTED;
      const one = scene(split, first + i);
      const view = pictures.subarray(i * PIXELS, (i + 1) * PIXELS);
      drawScene(distorted ? misplace(one, stream) : one, art, view);
      if (distorted) distort(view, stream);
      if (change) degrade(view, randomDegradation(stream), stream);
      thingClasses[i] = THING_NAMES.indexOf(one.thing);
      styleClasses[i] = TRAINING_STYLES.findIndex((name) => name === one.style);
      weights[i] = distorted ? 0 : 1;
    }
    const counted = Math.max(1, weights.reduce((total, value) => total + value, 0));
    return {
      picture: tensor(picture.shape, pictures),
      thing: { shape: [batchSize], data: thingClasses },
      style: { shape: [batchSize], data: styleClasses },
      styleWeight: tensor([batchSize], weights.map((value) => value / counted)),
    };
  };
  return {
    scope,
    traced: {
      loss: add(
        smoothedCrossEntropy(things, thing, thingWeight),
        smoothedCrossEntropy(styles, style, styleWeight),
      ),
      metrics: {
        thing: accuracy(things, thing, thingWeight),
        style: accuracy(styles, style, styleWeight),
      },
    },
    batchSize,
    batch: (step) => draw("train", step * batchSize, true),
    validation: Array.from(
      { length: Math.ceil(512 / batchSize) },
      (_, i) => draw("test", i * batchSize, false),
    ),
  };
}
