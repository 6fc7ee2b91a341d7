import { bootstrap } from "../metrics/bootstrap.ts";
import { agrees, carriedFactors, estimateText, isRight, shownBy } from "../figures.ts";
import type { Found, Part, PartReport } from "../part.ts";
import type { Table } from "../row.ts";
import { type Share, shareOf } from "../statistics.ts";
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

/** A line of pooled figures: samples are drawn again, as factors of one sample hang together. */
function pooled(name: string, groups: readonly { samples: readonly Sampled[]; to: string[] }[]) {
  const cells = groups.flatMap(({ samples, to }) => samples.map((one) => cellOf([one], to)));
  const figure = (which: keyof Cell) =>
    bootstrap(
      cells.filter((cell) => cell[which].of > 0),
      (some) => {
        const [right, of] = some.reduce(
          ([right, of], cell) => [right + cell[which].right, of + cell[which].of] as const,
          [0, 0] as readonly [number, number],
        );
        return 100 * right / of;
      },
    );
  return [name, estimateText(figure("inputs"), 1), estimateText(figure("between"), 1)];
}

/** Every set of inputs with every set of outputs. */
export const matrix: Part = {
  name: "matrix",
  title: "All 225 combinations",
  about: "Every set of prompts with every set of outputs. A cell says how often the outputs show " +
    "what the prompts carry, over all factors that a prompt carries and an output shows, and, after " +
    "the stroke, how often outputs agree with each other on all that both show, style and rhythm " +
    "(every slot equal) included. Intervals of pooled figures are drawn over samples.",
  trials: ({ of }) =>
    Object.fromEntries(SUBSETS.map((to): [string, Trial] => [nameOf(to), {
      inputs: SUBSETS,
      to,
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
    const pools: Table = {
      title: "Pooled, in per cent",
      columns: ["", "right by the prompts", "agreeing with each other"],
      rows: [
        ...SUBSETS.map((from) =>
          pooled(
            `prompts ${nameOf(from)}`,
            columns.map((to, i) => ({
              samples: cells[i]!.get(nameOf(from)) ?? [],
              to: [...to],
            })),
          )
        ),
        ...columns.map((to) =>
          pooled(`outputs ${nameOf(to)}`, [{ samples: samples[nameOf(to)]!, to: [...to] }])
        ),
      ],
    };
    const ran = Object.values(counts).flatMap(Object.values).length;
    const everything = pooled(
      "all cells",
      columns.map((to) => ({ samples: samples[nameOf(to)]!, to: [...to] })),
    );
    return {
      rows: [
        {
          name: "combinations that ran",
          value: `${ran} of ${SUBSETS.length ** 2}`,
          expected: { first: "225", goal: "225" },
          verdict: ran === SUBSETS.length ** 2 ? "goal met" : "missed",
          ...(ran < SUBSETS.length ** 2 ? { cause: Object.values(missing)[0] ?? "stopped" } : {}),
        },
        { name: "right by the prompts, all cells, per cent", value: everything[1]! },
        { name: "agreeing with each other, all cells, per cent", value: everything[2]! },
      ],
      tables: [table, pools],
      counts,
    };
  },
};
