import { type SamplerName, samplers as all } from "@codi/core/diffusion";
import {
  estimateText,
  isRight,
  judged,
  missingRows,
  pairedSamples,
  rightShare,
  shareText,
  shortShare,
} from "../figures.ts";
import { bootstrap } from "../metrics/bootstrap.ts";
import { frechetFrom } from "../metrics/frechet.ts";
import { unpackRows } from "../packed.ts";
import type { Found, Part, PartReport } from "../part.ts";
import type { Row, Table } from "../row.ts";
import { meanOf } from "../statistics.ts";
import type { Sampled, Trial } from "../trial.ts";

const NAMES = Object.keys(all) as SamplerName[];
const STEPS = [6, 12, 25, 50] as const;
/** The outputs on which samplers are compared; clips would take most of the time. */
const OUTPUTS = ["image", "audio"] as const;
const REFERENCE = "ddim in 50";
const FAST = ["dpm++ in 12", "unipc in 12"] as const;

/** Quality against the number of steps, for each sampler. */
export const samplers: Part = {
  name: "samplers",
  title: "Samplers and steps",
  about:
    "The same sentences and the same noise for all. Points are lost or won against DDIM with 50 " +
    "steps, paired by sample, and distances of a table are taken over the samples that all its rows " +
    "have. Heun runs the network twice a step.",
  trials: ({ of, quick }) =>
    Object.fromEntries(
      OUTPUTS.flatMap((to) =>
        NAMES.flatMap((sampler) =>
          STEPS.flatMap((steps): [string, Trial][] => {
            const name = `${sampler} in ${steps}`;
            const promised = name === REFERENCE || (FAST as readonly string[]).includes(name);
            if (!promised && (to !== "image" || (quick && steps !== 12))) return [];
            const count = of(promised ? 256 : 96, 8);
            return [[`${to}, ${name}`, {
              inputs: [["text"]],
              to: [to],
              sampler,
              steps,
              seeds: 1,
              count,
            }]];
          })
        )
      ),
    ),
  report: ({ samples, missing }: Found): PartReport => {
    const counts: Record<string, unknown> = {};
    const rows: Row[] = [];
    for (const to of OUTPUTS) {
      const reference = samples[`${to}, ${REFERENCE}`];
      if (reference === undefined) continue;
      for (const fast of FAST) {
        const some = samples[`${to}, ${fast}`];
        if (some === undefined) continue;
        const lost = bootstrap(
          pairedSamples(reference, some).map(([before, after]) =>
            Number(isRight(before, to, "thing")) - Number(isRight(after, to, "thing"))
          ),
          (all) => 100 * meanOf(all),
        );
        counts[`${to}, ${fast}`] = lost;
        rows.push({
          name: `${to}: points of things lost, ${fast} against ${REFERENCE}`,
          value: estimateText(lost, 1),
          ...judged(lost.value, { first: 3, goal: 1 }, {
            lower: true,
            text: (value) => `${value} points`,
            cause: "too few steps for this network's curved paths",
            interval: lost,
          }),
        });
      }
    }
    const tables = OUTPUTS.filter((to) => samples[`${to}, ${REFERENCE}`] !== undefined)
      .map((to) => tableOf(to, samples, counts));
    return { rows: [...rows, ...missingRows(missing)], tables, counts };
  },
};

function tableOf(to: string, samples: Found["samples"], counts: Record<string, unknown>): Table {
  const reference = samples[`${to}, ${REFERENCE}`]!;
  const features = (some: readonly Sampled[]) =>
    unpackRows(some.map(({ seen }) => seen[to]!.features!));
  // Distances grow as samples become fewer, so all are of the same ones.
  const all = Object.entries(samples).filter(([name]) => name.startsWith(`${to}, `));
  const least = Math.min(...all.map(([, some]) => some.length));
  const apart = frechetFrom(features(reference.slice(0, least)));
  const rows = NAMES.flatMap((sampler) =>
    STEPS.flatMap((steps) => {
      const some = samples[`${to}, ${sampler} in ${steps}`];
      if (some === undefined) return [];
      const thing = rightShare(some, to, "thing");
      const distance = some === reference ? 0 : apart(features(some.slice(0, least)));
      counts[`${to}, ${sampler} in ${steps}: thing`] = thing;
      const other = to === "image" ? "color" : "count";
      return [[
        sampler,
        String(steps),
        shareText(thing),
        shortShare(rightShare(some, to, other)),
        distance.toFixed(1),
      ]];
    })
  );
  return {
    title: `${to}: quality against steps`,
    columns: [
      "sampler",
      "steps",
      "thing right",
      to === "image" ? "colour" : "count",
      "Fréchet distance to DDIM with 50 steps",
    ],
    rows,
  };
}
