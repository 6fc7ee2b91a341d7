import { FACTOR_NAMES } from "@codi/band";
import { bootstrap, type Estimate } from "../metrics/bootstrap.ts";
import {
  agrees,
  carriedFactors,
  chanceOf,
  estimateText,
  isRight,
  shortEstimate,
  shownBy,
} from "../figures.ts";
import type { Found, Part, PartReport } from "../part.ts";
import type { Table } from "../row.ts";
import { meanOf, type Share, shareOf } from "../statistics.ts";
import type { Sampled, Trial } from "../trial.ts";

const MODALITIES = ["text", "image", "audio", "video"] as const;

/** Every set of modalities but the empty one. */
export const SUBSETS: readonly (readonly string[])[] = Array.from(
  { length: 2 ** MODALITIES.length - 1 },
  (_, bits) => MODALITIES.filter((_, i) => (bits + 1) & (1 << i)),
).sort((a, b) => a.length - b.length);

const nameOf = (subset: readonly string[]): string => subset.join("+");

/** Right and counted, of some samples. */
interface Cell {
  readonly inputs: Share;
  readonly between: Share;
}

/** How often outputs show what the prompts carry, and agree with each other. */
function cellOf(samples: readonly Sampled[], to: readonly string[]): Cell {
  const inputs = samples.flatMap((one) =>
    to.flatMap((name) => carriedFactors(one.from, name).map((factor) => isRight(one, name, factor)))
  );
  const between = samples.flatMap((one) =>
    to.flatMap((a, i) =>
      to.slice(i + 1).flatMap((b) =>
        shownBy(a).filter((factor) => shownBy(b).includes(factor)).map((factor) =>
          agrees(one, a, b, factor)
        )
      )
    )
  );
  return { inputs: share(inputs), between: share(between) };
}

function share(held: readonly (boolean | undefined)[]): Share {
  const counted = held.filter((one) => one !== undefined);
  return shareOf(counted.filter(Boolean).length, counted.length);
}

/** Samples whose outputs are looked at. */
interface Group {
  readonly samples: readonly Sampled[];
  readonly to: readonly string[];
}

/** A figure of some samples, in per cent. Scenes are drawn again whole: they recur in other cells. */
function pooledFigure(groups: readonly Group[], which: keyof Cell): Estimate {
  const cells = groups.flatMap(({ samples, to }) =>
    samples.map((one) => ({ scene: one.index, ...cellOf([one], to)[which] }))
  ).filter(({ of }) => of > 0);
  const scenes = [...Map.groupBy(cells, ({ scene }) => scene).values()].map((own) => ({
    right: own.reduce((sum, { right }) => sum + right, 0),
    of: own.reduce((sum, { of }) => sum + of, 0),
  }));
  return bootstrap(scenes, (some) => {
    const sum = (which: "right" | "of") => some.reduce((total, one) => total + one[which], 0);
    return 100 * sum("right") / sum("of");
  });
}

/** A line of pooled figures. */
function pooled(name: string, groups: readonly Group[], apart: readonly Group[]): string[] {
  const text = (some: readonly Group[], which: keyof Cell) =>
    shortEstimate(pooledFigure(some, which), 1);
  return [
    name,
    text(groups, "inputs"),
    text(groups, "between"),
    text(apart, "between"),
  ];
}

/** The same samples, each output by itself: those of the columns of one output. */
function apartFrom(samples: Found["samples"], { samples: some, to }: Group): Group {
  const columns = to.map((name) =>
    [name, new Map((samples[name] ?? []).map((one) => [one.index, one.seen[name]]))] as const
  );
  const known = some.filter((one) => columns.every(([, column]) => column.has(one.index)));
  return {
    samples: known.map((one) => ({
      ...one,
      seen: Object.fromEntries(columns.map(([name, column]) => [name, column.get(one.index)!])),
    })),
    to,
  };
}

/** What constant answers give, per cent, over all that is counted. */
function chanceIn(groups: readonly Group[]): number {
  const all = groups.flatMap(({ samples, to }) =>
    samples.flatMap((one) =>
      to.flatMap((name) =>
        carriedFactors(one.from, name)
          .filter((factor) => isRight(one, name, factor) !== undefined)
          .map((factor) => chanceOf(factor))
      )
    )
  );
  return 100 * meanOf(all);
}

/** Every set of inputs with every set of outputs. */
export const matrix: Part = {
  name: "matrix",
  title: "All 225 combinations",
  about: "Every set of prompts with every set of outputs. A cell says how often the outputs show " +
    "what the prompts carry, over all factors that a prompt carries and an output shows, and, after " +
    "the stroke, how often outputs agree with each other on all that both show, style and rhythm " +
    "(every slot equal) included. Scenes and noise are the same in all columns, so `apart` are the same " +
    "outputs from the columns of one output, where none hears another; intervals of pooled figures are " +
    "drawn over scenes. Samples take half the usual number of steps, as there are many.",
  trials: ({ of }) =>
    Object.fromEntries(SUBSETS.map((to): [string, Trial] => [nameOf(to), {
      inputs: SUBSETS,
      to,
      mention: FACTOR_NAMES,
      steps: of(12, 3),
      seeds: 1,
      count: SUBSETS.length * of(16, 1),
    }])),
  report: ({ samples, missing }: Found): PartReport => {
    const columns = SUBSETS.filter((to) => samples[nameOf(to)] !== undefined);
    const cells = columns.map((to) =>
      Map.groupBy(samples[nameOf(to)]!, ({ from }) => nameOf(from))
    );
    const counts: Record<string, Record<string, { inputs: number[]; between: number[] }>> = {};
    const table: Table = {
      title:
        "Right by the prompts / agreeing with each other, in per cent (prompts down, outputs across)",
      columns: ["prompts", ...columns.map(nameOf)],
      rows: SUBSETS.map((from) => [
        nameOf(from),
        ...columns.map((to, i) => {
          const { inputs, between } = cellOf(cells[i]!.get(nameOf(from)) ?? [], to);
          (counts[nameOf(from)] ??= {})[nameOf(to)] = {
            inputs: [inputs.right, inputs.of],
            between: [between.right, between.of],
          };
          const short = ({ of, share }: Share) => of === 0 ? "–" : (100 * share).toFixed(0);
          return to.length < 2 ? short(inputs) : `${short(inputs)} / ${short(between)}`;
        }),
      ]),
    };
    const groupOf = (to: readonly string[], from?: readonly string[]): Group => ({
      samples: samples[nameOf(to)]!.filter((one) =>
        from === undefined || nameOf(one.from) === nameOf(from)
      ),
      to,
    });
    const apart = (groups: readonly Group[]) =>
      groups.filter(({ to }) => to.length > 1).map((group) => apartFrom(samples, group));
    const line = (name: string, groups: readonly Group[]) => pooled(name, groups, apart(groups));
    const pools: Table = {
      title: "Pooled, in per cent",
      columns: ["", "right by the prompts", "agreeing with each other", "apart"],
      rows: [
        ...SUBSETS.map((from) =>
          line(`prompts ${nameOf(from)}`, columns.map((to) => groupOf(to, from)))
        ),
        ...columns.map((to) => line(`outputs ${nameOf(to)}`, [groupOf(to)])),
      ],
    };
    const ran = Object.values(counts).flatMap(Object.values)
      .filter(({ inputs: [, of], between: [, pairs] }) => of! + pairs! > 0).length;
    const all = columns.map((to) => groupOf(to));
    const figures = {
      inputs: pooledFigure(all, "inputs"),
      between: pooledFigure(all, "between"),
      apart: pooledFigure(apart(all), "between"),
      chance: chanceIn(all),
    };
    return {
      rows: [
        {
          name: "combinations that ran",
          value: `${ran} of ${SUBSETS.length ** 2}`,
          expected: { first: "225", goal: "225" },
          verdict: ran === SUBSETS.length ** 2 ? "goal met" : "missed",
          ...(ran < SUBSETS.length ** 2 ? { cause: Object.values(missing)[0] ?? "stopped" } : {}),
        },
        {
          name: "right by the prompts, all cells, per cent",
          value: `${estimateText(figures.inputs, 1)} scenes`,
          ...(Number.isNaN(figures.chance)
            ? {}
            : { beside: { chance: figures.chance.toFixed(1) } }),
        },
        {
          name: "agreeing with each other, all cells, per cent",
          value: `${estimateText(figures.between, 1)} scenes`,
          beside: { apart: shortEstimate(figures.apart, 1) },
        },
      ],
      tables: [table, pools],
      counts: { cells: counts, pooled: figures },
    };
  },
};
