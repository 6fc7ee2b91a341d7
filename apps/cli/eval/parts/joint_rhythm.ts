import { slotF1 } from "@codi/band/readers";
import {
  bySeed,
  estimateText,
  gainText,
  judged,
  pairedGain,
  shortEstimate,
  slotFigure,
} from "../figures.ts";
import type { Found } from "../part.ts";
import type { Row } from "../row.ts";
import {
  besideOf,
  causeOf,
  type HalfPair,
  type Samples,
  shuffledWithin,
  variantFigures,
  type Variants,
} from "./joint_controls.ts";
import type { JointRow } from "./joint_rows.ts";

type Slots = readonly number[];

/** Whether two outputs have their strokes in the same slots. */
export function rhythmRows(
  row: JointRow,
  made: Samples,
  others: Variants,
  found: Found,
  counts: Record<string, unknown>,
): Row[] {
  const [a, b] = row.to as [string, string];
  const pairsOf = (samples: Samples) =>
    samples.map((one): HalfPair<Slots> => [
      { one, seen: one.seen[a]!.slots ?? [] },
      { one, seen: one.seen[b]!.slots ?? [] },
    ]);
  const slotsOf = (pairs: readonly HalfPair<Slots>[]) =>
    pairs.map(([a, b]) => [a.seen, b.seen] as const);
  const shuffled = shuffledWithin(pairsOf(made), ({ thing, count }) => `${thing} ${count}`);
  return [0, 1].map((tolerance) => {
    const figure = (samples: Samples) => slotFigure(slotsOf(pairsOf(samples)), tolerance);
    const plain = (samples: Samples) => {
      const slots = slotsOf(pairsOf(samples));
      return slotF1(slots.map(([a]) => a), slots.map(([, b]) => b), tolerance).f1;
    };
    const value = figure(made);
    const control = slotFigure(slotsOf(shuffled.pairs), tolerance);
    const gain = others["apart"] && pairedGain(made, others["apart"], plain);
    counts[`${row.name}, F1 within ${tolerance}`] = {
      joint: value,
      [shuffled.name]: control,
      gain,
      ...variantFigures(others, figure),
    };
    return {
      name: `${row.name}: rhythm, F1 of ${tolerance === 0 ? "exact slots" : "slots ±1"}`,
      value: estimateText(value),
      beside: {
        ...besideOf(others, figure),
        [shuffled.name]: shortEstimate(control),
        ...(gain ? { gain: gainText(gain, false) } : {}),
        ...bySeed(made, plain, (one) => one.toFixed(2)),
      },
      ...judged(value.value, tolerance === 0 ? row.expected : undefined, {
        cause: causeOf(found, row.cause),
        interval: value,
        text: (one) => one.toFixed(2),
      }),
    };
  });
}
