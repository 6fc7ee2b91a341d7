import { type FactorName, THING_NAMES, TRAINING_STYLES } from "@codi/band";
import { random } from "@codi/core/random";
import { type Tensor, tensor } from "@codi/core/tensor";
import {
  estimateText,
  FACTOR_VALUES,
  missingRows,
  rightShare,
  shortShare,
  shownBy,
} from "../figures.ts";
import { variationFromEven } from "../metrics/agreement.ts";
import { bootstrap } from "../metrics/bootstrap.ts";
import { frechetFrom } from "../metrics/frechet.ts";
import { unpackRows } from "../packed.ts";
import type { Found, Part, PartReport, Scale } from "../part.ts";
import type { Row, Table } from "../row.ts";
import { entropy, meanOf } from "../statistics.ts";
import { type Sampled, sceneOf, type Trial } from "../trial.ts";

const OUTPUTS = ["image", "audio", "video"] as const;

/** Times that samples are drawn again for an interval: each takes a good part of a second. */
const DRAWS = 20;
/** How many standard deviations hold 95 % of a normal distribution. */
const Z = 1.96;

function generated(to: string, { seeds, of }: Scale): Trial {
  const count = of(96, to === "video" ? 4 : 8);
  return { inputs: [["text"]], to: [to], seeds, count, candidates: "shipped" };
}

/** Whether samples are as varied as real ones. */
export const distribution: Part = {
  name: "distribution",
  title: "Distribution",
  about:
    "The Fréchet distance is taken between features of this project's own readers (96 of the " +
    "picture reader, for clips their mean over the frames, 128 of the sound reader), so it compares " +
    "with no other project's. `two real halves` is the distance of as many real samples from as many " +
    "others: the floor at this number of samples, which is far from 0 for few. Generated ones try as " +
    "many beginnings as shipped.",
  trials: (scale) =>
    Object.fromEntries(OUTPUTS.flatMap((to): [string, Trial][] => {
      const trial = generated(to, scale);
      // Twice as many seeds: the second half is the other set of real samples.
      return [
        [to, trial],
        [`real ${to}`, { ...trial, inputs: [[]], real: true, seeds: 2 * trial.seeds }],
      ];
    })),
  report: ({ samples, missing }: Found): PartReport => {
    const rows: Row[] = [];
    const counts: Record<string, unknown> = {};
    const tables: Table[] = [];
    for (const to of OUTPUTS) {
      const [made, reals] = [samples[to], samples[`real ${to}`]];
      if (made === undefined || reals === undefined || made.length < 2) continue;
      // The real samples of the scenes that prompted, and as many others.
      const prompted = new Set(made.map(({ index }) => index));
      const real = reals.filter(({ index }) => prompted.has(index));
      const others = reals.filter(({ index }) => !prompted.has(index)).slice(0, made.length);
      if (real.length < 2 || others.length < 2) continue;
      const features = (some: readonly Sampled[]) =>
        unpackRows(some.map(({ seen }) => seen[to]!.features!));
      const apart = frechetFrom(features(real));
      const [distance, floor] = [apart(features(made)), apart(features(others))];
      const half = Z * deviationOf(features(made), apart);
      counts[to] = { frechet: distance, half, floor, ...coverage(made, real, to) };
      rows.push({
        name: `${to}: Fréchet distance in the reader's features`,
        value: `${distance.toFixed(1)} (${Math.max(0, distance - half).toFixed(1)}–${
          (distance + half).toFixed(1)
        }) of ${made.length}`,
        beside: { "two real halves": floor.toFixed(1) },
      });
      for (const factor of ["thing", "style"] as const) {
        if (!shownBy(to).includes(factor)) continue;
        const all = factor === "thing" ? THING_NAMES : TRAINING_STYLES;
        const values = (some: readonly Sampled[]) => some.map(({ seen }) => seen[to]![factor]);
        const bits = (some: readonly Sampled[]) => entropy(values(some).map(String));
        const covered = new Set(values(made)).size;
        rows.push({
          name: `${to}: ${factor}s, entropy`,
          value: `${
            estimateText(bootstrap(values(made).map(String), entropy))
          }, in bits; ${covered} of ${all.length} seen`,
          beside: {
            real: bits(real).toFixed(2),
            "distance from even": variationFromEven(values(made), all).toFixed(2),
            "that of real": variationFromEven(values(real), all).toFixed(2),
          },
        });
      }
      tables.push(thingTable(made, real, to));
    }
    return { rows: [...rows, ...missingRows(missing)], tables, counts };
  },
};

/**
 * The standard deviation of the distance when generated samples are drawn again. Their distances
 * themselves are too large, as samples recur, so an interval stands around the one of all samples.
 */
function deviationOf(made: Tensor, apart: (some: Tensor) => number): number {
  const [count = 0, width = 0] = made.shape;
  const stream = random("distribution", count);
  const drawn = Array.from({ length: DRAWS }, () => {
    const table = tensor([count, width]);
    for (let i = 0; i < count; i++) {
      const row = stream.integer(count);
      table.data.set(made.data.subarray(row * width, (row + 1) * width), i * width);
    }
    return apart(table);
  });
  const mean = meanOf(drawn);
  return Math.sqrt(drawn.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (DRAWS - 1));
}

/** How often each value was seen, generated and real. */
function coverage(made: readonly Sampled[], real: readonly Sampled[], to: string) {
  const factors = shownBy(to).filter((factor) => factor !== "slots");
  return Object.fromEntries(factors.map((factor) => {
    const all = factor === "style" ? TRAINING_STYLES : FACTOR_VALUES[factor as FactorName];
    const count = (some: readonly Sampled[]) =>
      Object.fromEntries(
        all.map((value) => [
          String(value),
          some.filter(({ seen }) => seen[to]![factor] === value).length,
        ]),
      );
    return [factor, { generated: count(made), real: count(real) }];
  }));
}

/** Each thing: right, and what it was taken for. */
function thingTable(made: readonly Sampled[], real: readonly Sampled[], to: string): Table {
  const own = (some: readonly Sampled[], thing: string) =>
    some.filter((one) => sceneOf(one).thing === thing);
  return {
    title: `${to}: things from sentences`,
    columns: ["thing", "right", "real", "taken for"],
    rows: THING_NAMES.map((thing) => {
      const share = rightShare(own(made, thing), to, "thing");
      const wrong = Map.groupBy(
        own(made, thing).filter(({ seen }) => seen[to]!.thing !== thing),
        ({ seen }) => seen[to]!.thing,
      );
      return [
        thing,
        `${share.right} of ${share.of}`,
        shortShare(rightShare(own(real, thing), to, "thing")),
        [...wrong].map(([name, some]) => `${name} ${some.length}`).join(", ") || "–",
      ];
    }),
  };
}
