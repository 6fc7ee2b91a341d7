import {
  COLOR_NAMES,
  CONTOURS,
  FACTOR_NAMES,
  type FactorName,
  factorsOf,
  REGISTERS,
  scene,
  SHOWN_FACTORS,
  type Split,
  STROKE_COUNTS,
  THING_NAMES,
} from "@codi/band";
import { slotF1 } from "@codi/band/readers";
import { bootstrap, type Estimate } from "./metrics/bootstrap.ts";
import type { Row } from "./row.ts";
import { type Share, shareOf } from "./statistics.ts";
import { type Sampled, sceneOf } from "./trial.ts";

/** Everything that two outputs can agree on: what captions mention, and what they never do. */
export type AgreedFactor = FactorName | "style" | "slots";

/** Every value of each factor. */
export const FACTOR_VALUES: Readonly<Record<FactorName, readonly unknown[]>> = {
  thing: THING_NAMES,
  color: COLOR_NAMES,
  count: STROKE_COUNTS,
  contour: CONTOURS,
  register: REGISTERS,
};

/** What each modality shows, style and rhythm among it. */
export function shownBy(modality: string): readonly AgreedFactor[] {
  const unsaid: Readonly<Record<string, readonly AgreedFactor[]>> = {
    image: ["style"],
    video: ["style", "slots"],
    audio: ["slots"],
  };
  return [...SHOWN_FACTORS[modality] ?? [], ...unsaid[modality] ?? []];
}

/** The factors that some prompts carry and an output shows. */
export function carriedFactors(
  from: readonly string[],
  to: string,
  mention?: readonly FactorName[],
): FactorName[] {
  const carried = new Set(
    from.flatMap((name) => name === "text" && mention ? mention : SHOWN_FACTORS[name] ?? []),
  );
  return FACTOR_NAMES.filter((name) => carried.has(name) && SHOWN_FACTORS[to]?.includes(name));
}

/**
 * Whether an output shows what its scene says.
 *
 * @returns Undefined where that means nothing: the scene lacks the factor, or a sentence leaves it out,
 * but for the thing.
 */
export function isRight(sample: Sampled, to: string, factor: FactorName): boolean | undefined {
  const truth = factorsOf(sceneOf(sample))[factor];
  const seen = sample.seen[to]?.[factor];
  if (truth === undefined || (to === "text" && factor !== "thing" && seen === undefined)) {
    return undefined;
  }
  return seen === truth;
}

/** Scenes from which the best constant answer is chosen. */
const CHANCE_SCENES = 1024;
const chances = new Map<string, number>();

/**
 * What the best constant answer gives: the share of the most frequent value among many scenes of a split
 * that have the factor.
 */
export function chanceOf(factor: FactorName, split: Split = "held-out"): number {
  const key = `${split} ${factor}`;
  const known = chances.get(key);
  if (known !== undefined) return known;
  const truths = Array.from(
    { length: CHANCE_SCENES },
    (_, index) => factorsOf(scene(split, index))[factor],
  ).filter((value) => value !== undefined);
  const groups = [...Map.groupBy(truths, (value) => value).values()];
  const chance = Math.max(...groups.map(({ length }) => length)) / truths.length;
  chances.set(key, chance);
  return chance;
}

/**
 * What the best constant answer gives where several factors are to be right at once: the largest share of
 * held-out scenes that one combination is right for, where a factor that a scene lacks is not asked for.
 */
export function chanceOfAll(factors: readonly FactorName[]): number {
  const truths = Array.from({ length: CHANCE_SCENES }, (_, index) => {
    const truth = factorsOf(scene("held-out", index));
    return factors.map((factor) => truth[factor]);
  });
  const answers = new Map(truths.map((truth) => [String(truth), truth])).values();
  const rightFor = (answer: readonly unknown[]) =>
    truths.filter((truth) => truth.every((one, i) => one === undefined || one === answer[i]));
  return Math.max(...answers.map((answer) => rightFor(answer).length)) / truths.length;
}

/** How many outputs show what their scenes say. */
export function rightShare(samples: readonly Sampled[], to: string, factor: FactorName): Share {
  const counted = samples.map((one) => isRight(one, to, factor)).filter((one) => one !== undefined);
  return shareOf(counted.filter(Boolean).length, counted.length);
}

/**
 * Whether two outputs agree on a factor; slots agree if all do.
 *
 * @returns Undefined where one of them says nothing of it.
 */
export function agrees(
  sample: Sampled,
  a: string,
  b: string,
  factor: AgreedFactor,
): boolean | undefined {
  const [first, second] = [sample.seen[a]?.[factor], sample.seen[b]?.[factor]];
  if (factor === "thing") return first !== undefined && first === second;
  if (first === undefined || second === undefined) return undefined;
  return String(first) === String(second);
}

/** Slots of two sides of each pair. */
export type SlotPair = readonly [readonly number[], readonly number[]];

/** The F1 of slots over pairs, with its interval. */
export function slotFigure(pairs: readonly SlotPair[], tolerance = 0): Estimate {
  return bootstrap(
    pairs,
    (some) => slotF1(some.map(([a]) => a), some.map(([, b]) => b), tolerance).f1,
  );
}

/** Samples of two trials that have scene and noise in common, side by side. */
export function pairedSamples(
  first: readonly Sampled[],
  second: readonly Sampled[],
): (readonly [Sampled, Sampled])[] {
  const keyOf = ({ seed, split, index }: Sampled) => `${seed} ${split} ${index}`;
  const others = new Map(second.map((one) => [keyOf(one), one]));
  return first.flatMap((one) => {
    const other = others.get(keyOf(one));
    return other === undefined ? [] : [[one, other] as const];
  });
}

/** How much higher a figure of one trial is than that of another, by samples that are paired. */
export function pairedGain(
  first: readonly Sampled[],
  second: readonly Sampled[],
  figure: (samples: readonly Sampled[]) => number,
): Estimate {
  return bootstrap(
    pairedSamples(first, second),
    (some) => figure(some.map(([one]) => one)) - figure(some.map(([, other]) => other)),
  );
}

/** A number between 0 and 1 as people read it. */
export function percentText(value: number): string {
  return Number.isNaN(value) ? "–" : `${(100 * value).toFixed(1)} %`;
}

/** A share with its interval, for what stands beside a figure. */
export function shortShare({ of, share, low, high }: Share): string {
  if (of === 0) return "–";
  const number = (value: number) => (100 * value).toFixed(0);
  return `${number(share)} % (${number(low)}–${number(high)})`;
}

/** A figure with its interval, for what stands beside another. */
export function shortEstimate({ value, low, high }: Estimate, digits = 2): string {
  if (Number.isNaN(value)) return "–";
  const number = (one: number) => one.toFixed(digits);
  return `${number(value)} (${number(low)}–${number(high)})`;
}

/** A difference with its interval; a share's in points. */
export function gainText({ value, low, high }: Estimate, points = true): string {
  if (Number.isNaN(value)) return "–";
  const [scale, digits] = points ? [100, 0] : [1, 2];
  const number = (one: number) => (scale * one).toFixed(digits).replace(/^-(?=[0.]*$)/, "");
  const sign = value > 0 ? "+" : "";
  return `${sign}${number(value)}${points ? " points" : ""} (${number(low)} to ${number(high)})`;
}

/** A share with its interval. */
export function shareText(share: Share): string {
  if (share.of === 0) return "none to count";
  const number = (value: number) => (100 * value).toFixed(1);
  return `${number(share.share)} % (${number(share.low)}–${number(share.high)}) of ${share.of}`;
}

/** A figure with its interval. */
export function estimateText({ value, low, high, of }: Estimate, digits = 2): string {
  if (Number.isNaN(value)) return "none to count";
  const number = (one: number) => one.toFixed(digits);
  return `${number(value)} (${number(low)}–${number(high)}) of ${of}`;
}

/** Figures of each seed, for what stands beside the pooled one. */
export function bySeed(
  samples: readonly Sampled[],
  figure: (samples: readonly Sampled[]) => number,
  text: (value: number) => string = percentText,
): Readonly<Record<string, string>> {
  const seeds = [...Map.groupBy(samples, ({ seed }) => seed).values()];
  if (seeds.length < 2) return {};
  return { "by seed": seeds.map((some) => text(figure(some))).join(", ") };
}

/** What is expected of a figure, in its own unit. */
export interface Expectation {
  /** What is expected at first. */
  readonly first: number;
  /** What is aimed at. */
  readonly goal: number;
}

/** What {@linkcode judged} is told. */
export interface JudgedOptions {
  /** How the expectation is written. @default {percentText} */
  readonly text?: (value: number) => string;
  /** Whether lower figures are better. @default {false} */
  readonly lower?: boolean;
  /** The likely cause if it is missed. */
  readonly cause?: string | undefined;
  /** The figure's interval: a miss that it reaches over may be chance. */
  readonly interval?: { readonly low: number; readonly high: number } | undefined;
  /** What the same readers find in real samples: more cannot be reached. */
  readonly ceiling?: number | undefined;
}

/**
 * How a figure stands to what is expected of it.
 *
 * @param value The figure.
 * @param expected What is expected; undefined if nothing is.
 * @param options How to write it, and the likely cause of a miss.
 * @returns What a row says of it.
 */
export function judged(
  value: number,
  expected: Expectation | undefined,
  options: JudgedOptions = {},
): Pick<Row, "expected" | "verdict" | "cause"> {
  if (expected === undefined || Number.isNaN(value)) return {};
  const { text = (one) => `${Math.round(1000 * one) / 10} %`, lower = false } = options;
  const reaches = (limit: number) => lower ? value <= limit : value >= limit;
  const sign = lower ? "≤" : "≥";
  const verdict = reaches(expected.goal)
    ? "goal met"
    : reaches(expected.first)
    ? "first met"
    : "missed";
  return {
    expected: { first: `${sign} ${text(expected.first)}`, goal: `${sign} ${text(expected.goal)}` },
    verdict,
    ...(verdict === "missed" ? causeOf(expected.first, options) : {}),
  };
}

/** Why a figure is missed, as far as the figures themselves tell. */
function causeOf(
  first: number,
  { cause, interval, ceiling, lower = false }: JudgedOptions,
): Pick<Row, "cause"> {
  const reached = interval &&
    (lower ? interval.low <= first : interval.high >= first);
  const causes = [
    ...(ceiling !== undefined && ceiling < first
      ? ["the reader finds no more in real samples"]
      : []),
    ...(reached ? ["within the interval, so it may be chance"] : []),
    ...(cause === undefined ? [] : [cause]),
  ];
  return causes.length === 0 ? {} : { cause: causes.join("; ") };
}

/** Rows for trials that could not be measured. */
export function missingRows(missing: Readonly<Record<string, string>>): Row[] {
  return Object.entries(missing).map(([name, why]) => ({ name, value: `not measured: ${why}` }));
}
