import { random } from "@codi/core/random";
import type { Tensor } from "@codi/core/tensor";

/** How {@linkcode trainProbe} trains. */
export interface ProbeOptions {
  /** How many classes there are. */
  readonly classes: number;
  /** Seeds the order of the samples. @default {0} */
  readonly seed?: number;
  /** How often every sample is seen. @default {30} */
  readonly epochs?: number;
}

/** A linear classifier. */
export interface Probe {
  /**
   * Classifies.
   *
   * @param features [samples, width].
   * @returns The likeliest class of each.
   */
  predict(features: Tensor): number[];
}

const BATCH = 64;
const RATE = 0.02;
const DECAY = 1e-4;

/**
 * Trains a linear probe: multinomial logistic regression on standardised features (Alain and Bengio,
 * 2016), by Adam with a rate that falls to zero. It is a pure function of its arguments.
 *
 * @param features [samples, width].
 * @param labels The class of each sample, from 0.
 * @param options The number of classes.
 * @returns The probe.
 * @throws {RangeError} If there are no samples, or not as many labels.
 */
export function trainProbe(
  features: Tensor,
  labels: readonly number[],
  options: ProbeOptions,
): Probe {
  const { classes, seed = 0, epochs = 30 } = options;
  const [count = 0, width = 0] = features.shape;
  if (count === 0 || labels.length !== count) {
    throw new RangeError(`Cannot train a probe on ${count} samples with ${labels.length} labels`);
  }
  const { mean, deviation } = columnStatistics(features);
  const stride = width + 1; // the last weight of a class is its bias
  const weights = new Float64Array(classes * stride);
  const first = new Float64Array(weights.length);
  const second = new Float64Array(weights.length);
  const gradient = new Float64Array(weights.length);
  const row = new Float64Array(width);
  const scores = new Float64Array(classes);

  const score = (table: Tensor, index: number) => {
    for (let i = 0; i < width; i++) {
      row[i] = (table.data[index * width + i]! - mean[i]!) / deviation[i]!;
    }
    for (let c = 0; c < classes; c++) {
      let total = weights[c * stride + width]!;
      for (let i = 0; i < width; i++) total += weights[c * stride + i]! * row[i]!;
      scores[c] = total;
    }
  };

  const order = Array.from({ length: count }, (_, i) => i);
  const draw = random("linear probe", seed);
  const steps = epochs * Math.ceil(count / BATCH);
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, draw.integer);
    for (let start = 0; start < count; start += BATCH) {
      const batch = order.slice(start, start + BATCH);
      gradient.fill(0);
      for (const index of batch) {
        score(features, index);
        softmax(scores);
        for (let c = 0; c < classes; c++) {
          const slope = (scores[c]! - Number(labels[index] === c)) / batch.length;
          for (let i = 0; i < width; i++) gradient[c * stride + i]! += slope * row[i]!;
          gradient[c * stride + width]! += slope;
        }
      }
      const rate = RATE * 0.5 * (1 + Math.cos(Math.PI * step / steps));
      step++;
      for (let i = 0; i < weights.length; i++) {
        const slope = gradient[i]! + DECAY * weights[i]!;
        first[i] = 0.9 * first[i]! + 0.1 * slope;
        second[i] = 0.99 * second[i]! + 0.01 * slope * slope;
        const scale = Math.sqrt(second[i]! / (1 - 0.99 ** step)) + 1e-8;
        weights[i]! -= rate * first[i]! / (1 - 0.9 ** step) / scale;
      }
    }
  }
  return {
    predict: (table) =>
      Array.from({ length: table.shape[0]! }, (_, index) => {
        score(table, index);
        return scores.reduce((best, value, c) => value > scores[best]! ? c : best, 0);
      }),
  };
}

function columnStatistics(
  { shape, data }: Tensor,
): { mean: Float64Array; deviation: Float64Array } {
  const [count = 0, width = 0] = shape;
  const mean = new Float64Array(width);
  const squares = new Float64Array(width);
  data.forEach((value, i) => {
    mean[i % width]! += value / count;
    squares[i % width]! += value * value / count;
  });
  const deviation = squares.map((square, i) => Math.sqrt(Math.max(1e-12, square - mean[i]! ** 2)));
  return { mean, deviation };
}

function softmax(scores: Float64Array): void {
  const highest = scores.reduce((a, b) => Math.max(a, b));
  let total = 0;
  for (let c = 0; c < scores.length; c++) total += scores[c] = Math.exp(scores[c]! - highest);
  for (let c = 0; c < scores.length; c++) scores[c]! /= total;
}

/** Puts values into a random order, in place (Fisher and Yates). */
function shuffle(values: number[], integer: (limit: number) => number): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = integer(i + 1);
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
}
