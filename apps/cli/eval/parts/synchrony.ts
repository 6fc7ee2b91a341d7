import { SLOTS } from "@codi/band";
import { avAlign } from "../metrics/av_align.ts";
import { bootstrap, type Estimate } from "../metrics/bootstrap.ts";
import { estimateText, missingRows, shortEstimate, slotFigure, type SlotPair } from "../figures.ts";
import type { Found, Part, PartReport } from "../part.ts";
import type { Row } from "../row.ts";
import type { Sampled } from "../trial.ts";
import { type HalfPair, shuffledWithin } from "./joint_controls.ts";
import { JOINT_ROWS, jointTrial, variantsOf } from "./joint_rows.ts";

const ROW = JOINT_ROWS.find(({ agree }) => agree === "slots")!;
const SHIFTS = [1, 2, 4] as const;

/** Slots a few later; those beyond the end are gone. */
const shifted = (pairs: readonly SlotPair[], by: number): SlotPair[] =>
  pairs.map(([a, b]) => [a, b.map((slot) => slot + by).filter((slot) => slot < SLOTS)] as const);

const alignment = (pairs: readonly SlotPair[]): Estimate =>
  bootstrap(pairs, (some) => some.reduce((sum, [a, b]) => sum + avAlign(a, b), 0) / some.length);

/** Whether sound and clip begin their strokes together. */
export const synchrony: Part = {
  name: "synchrony",
  title: "Sound and clip in time",
  about:
    "`F1` counts strokes that the readers of sound and clip find in the same slot. `AV-Align` " +
    "(Yariv et al., 2023) uses no reader: rises of the sound's level and maxima of the clip's motion " +
    "that lie at most a frame apart, of all peaks of both. A hop moves twice, up and down, so real " +
    "pairs reach no 1, and a clip that is moved by one slot may score as well. A clip without motion and a silent sound count 1 together, either alone 0. " +
    "Controls move the clip by 1, 2 and 4 slots, or take that of another sample of the same prompt.",
  trials: (scale) =>
    Object.fromEntries(
      variantsOf(ROW).map((variant) => [variant, jointTrial(ROW, variant, scale)]),
    ),
  report: ({ samples, missing }: Found): PartReport => {
    const rows: Row[] = [];
    const counts: Record<string, unknown> = {};
    const add = (name: string, of: readonly Sampled[], pick: "slots" | "peaks") => {
      const pairs = of.map(({ seen }): SlotPair => [
        seen["audio"]![pick] ?? [],
        seen["video"]![pick] ?? [],
      ]);
      const figure = pick === "slots" ? slotFigure : alignment;
      const value = figure(pairs);
      const halves = of.map((one): HalfPair<readonly number[]> => [
        { one, seen: one.seen["audio"]![pick] ?? [] },
        { one, seen: one.seen["video"]![pick] ?? [] },
      ]);
      const others = shuffledWithin(halves, ({ thing, count }) => `${thing} ${count}`);
      const shuffled = figure(others.pairs.map(([a, b]): SlotPair => [a.seen, b.seen]));
      const moved = SHIFTS.map((by) => figure(shifted(pairs, by)));
      const still = pairs.filter(([a, b]) => a.length + b.length === 0).length;
      counts[name] = { value, shuffled, shifted: moved, withoutOnsets: still };
      rows.push({
        name,
        value: estimateText(value),
        beside: {
          [others.name]: shortEstimate(shuffled),
          "moved by 1, 2, 4": moved.map((one) => shortEstimate(one)).join(", "),
          "without onsets": String(still),
        },
      });
    };
    for (const [variant, some] of Object.entries(samples)) {
      add(`${variant}: F1 of exact slots`, some, "slots");
      add(`${variant}: AV-Align`, some, "peaks");
    }
    return { rows: [...rows, ...missingRows(missing)], counts };
  },
};
