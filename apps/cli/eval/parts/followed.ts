import { slotF1 } from "@codi/band/readers";
import {
  bySeed,
  estimateText,
  gainText,
  judged,
  pairedGain,
  shareText,
  shortEstimate,
  shortShare,
  slotFigure,
  type SlotPair,
} from "../figures.ts";
import { shuffledPairs } from "../metrics/agreement.ts";
import type { Estimate } from "../metrics/bootstrap.ts";
import type { Found, Scale } from "../part.ts";
import type { Row } from "../row.ts";
import { type Share, shareOf } from "../statistics.ts";
import { type Sampled, sceneOf, type Trial } from "../trial.ts";
import { besideOf, causeOf, type Samples, STYLE_CAUSE, variantFigures } from "./joint_controls.ts";
import { countOfControls, countOfJoint, type FollowRow } from "./joint_rows.ts";

/** The names of a row's controls, and what is changed for them. */
const CONTROLS = ["as prompt", "alone", "real"] as const;

/** A sample that is followed; as a prompt in its place, as in a chain; nothing in its place; real ones. */
export function followTrials({ follow, to }: FollowRow, scale: Scale): [string, Trial][] {
  const common = { inputs: [[]], to: [to], seeds: scale.seeds, count: countOfJoint(scale) };
  const control = { ...common, seeds: 1, count: countOfControls(scale) };
  const name = `${follow} followed → ${to}`;
  return [
    [name, { ...common, follow: [follow] }],
    [`${name}, as prompt`, { ...control, inputs: [[follow]] }],
    [`${name}, alone`, control],
    [`${name}, real`, { ...common, real: true }],
  ];
}

/** How well outputs keep to what they follow. */
export function followRows(row: FollowRow, found: Found, counts: Record<string, unknown>): Row[] {
  const name = `${row.follow} followed → ${row.to}`;
  const made = found.samples[name];
  if (made === undefined) return [];
  const others = Object.fromEntries(
    CONTROLS.map((control) => [control, found.samples[`${name}, ${control}`]]),
  );
  const cause = causeOf(found, row.agree === "style" ? STYLE_CAUSE : undefined);
  const text = row.agree === "style" ? styleText(row, made) : rhythmText(row, made);
  const { figure, plain, shuffled, value, percent } = text;
  const gain = others["as prompt"] && pairedGain(made, others["as prompt"], plain);
  counts[name] = {
    followed: value,
    shuffled,
    gain,
    ...variantFigures<Share | Estimate>(others, figure),
  };
  return [{
    name: `${name}: ${percent ? "drawing style" : "rhythm, F1 of exact slots"}`,
    value: "share" in value ? shareText(value) : estimateText(value),
    beside: {
      ...besideOf(others, figure),
      shuffled: "share" in shuffled ? shortShare(shuffled) : shortEstimate(shuffled),
      ...(gain ? { "gain over prompt": gainText(gain, percent) } : {}),
      ...bySeed(made, plain, percent ? undefined : (one) => one.toFixed(2)),
    },
    ...judged("share" in value ? value.share : value.value, row.expected, {
      cause,
      interval: value,
      ...(percent ? {} : { text: (one: number) => one.toFixed(2) }),
    }),
  }];
}

/** Styles: equal to that of the scene, of whatever thing is drawn. */
function styleText({ to }: FollowRow, made: Samples) {
  const styleOf = (one: Sampled) => one.seen[to]!.style;
  const figure = (samples: Samples): Share =>
    shareOf(
      samples.filter((one) => styleOf(one) === sceneOf(one).style).length,
      samples.length,
    );
  const pairs = made.map((one) => [one, one] as const);
  const others = shuffledPairs(pairs, ([one]) => sceneOf(one).thing);
  const equal = others.filter(([one, other]) => styleOf(one) === sceneOf(other).style).length;
  return {
    figure,
    plain: (samples: Samples) => figure(samples).share,
    value: figure(made),
    shuffled: shareOf(equal, others.length),
    percent: true,
  };
}

/** Rhythms: strokes in the slots of the scene. */
function rhythmText({ to }: FollowRow, made: Samples) {
  const slotsOf = (one: Sampled) => one.seen[to]!.slots ?? [];
  const pairsOf = (samples: Samples) =>
    samples.map((one): SlotPair => [slotsOf(one), sceneOf(one).rhythm]);
  const pairs = made.map((one) => [one, one] as const);
  const others = shuffledPairs(pairs, ([one]) => sceneOf(one).count);
  return {
    figure: (samples: Samples) => slotFigure(pairsOf(samples)),
    plain: (samples: Samples) => {
      const slots = pairsOf(samples);
      return slotF1(slots.map(([a]) => a), slots.map(([, b]) => b)).f1;
    },
    value: slotFigure(pairsOf(made)),
    shuffled: slotFigure(
      others.map(([one, other]): SlotPair => [slotsOf(one), sceneOf(other).rhythm]),
    ),
    percent: false,
  };
}
