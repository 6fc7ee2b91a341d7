import {
  captionWithFactors,
  COLOR_NAMES,
  CONTOURS,
  FACTOR_NAMES,
  type FactorName,
  factorsOf,
  REGISTERS,
  type Scene,
  scene,
  SHOWN_FACTORS,
  STROKE_COUNTS,
  THING_NAMES,
} from "@codi/band";
import type { MixingRule } from "@codi/core/conditioning";
import type { SamplerName } from "@codi/core/diffusion";
import { type Codi, load } from "@codi/core/generation";
import { type AnyModality, findModality, type Prompt } from "@codi/core/modality";
import { type Bench, hasFile, inPieces, type Measurement, percent, type Row } from "./bench.ts";
import { openJudge, type Seen } from "./judges.ts";
import { PROMPT_ROWS, type PromptRow } from "./prompt_rows.ts";
import { type Share, shareWhere } from "./statistics.ts";

/** How samples are generated and judged. */
export interface PromptsOptions {
  /** How many held-out scenes for each combination. */
  readonly count: number;
  /** Keys the noise. */
  readonly seed: number;
  /** The sampler. */
  readonly sampler: SamplerName;
  /** The number of sampling steps. */
  readonly steps: number;
  /** The guidance scale; each network's own if undefined. */
  readonly guidance: number | undefined;
  /** How several prompts are mixed. */
  readonly mixing?: MixingRule | undefined;
  /** Threads per operator; undefined for the runtime's choice. */
  readonly threads: number | undefined;
  /** The names of the combinations; all if undefined. */
  readonly only: readonly string[] | undefined;
}

/** How often a factor comes out as prompted. */
export interface FactorFigures {
  /** In generated samples. */
  readonly generated: Share;
  /** In real samples of the same scenes, by the same reader; left out for sentences. */
  readonly real?: Share;
  /** What guessing gives. */
  readonly chance: number;
}

/** The figures of one combination. */
export type PromptFigures = Readonly<Record<string, FactorFigures>> | "not trained";

const CHANCE: Readonly<Record<FactorName, number>> = {
  thing: 1 / THING_NAMES.length,
  color: 1 / COLOR_NAMES.length,
  count: 1 / STROKE_COUNTS.length,
  contour: 1 / CONTOURS.length,
  register: 1 / REGISTERS.length,
};

/** Samples that are generated side by side. */
const BATCH = 16;

interface Judged {
  readonly scene: Scene;
  readonly generated: Seen;
  readonly real: Seen | undefined;
}

/**
 * Prompts every output with every modality, and has a reader tell how often what the prompt says comes
 * out. Only factors that the prompt carries and the output shows are counted.
 *
 * @param bench What it works with.
 * @param options How many, and how.
 * @returns The figures of each combination; `not trained` where weights are missing.
 */
export async function measurePrompts(
  bench: Bench,
  options: PromptsOptions,
): Promise<Measurement<Readonly<Record<string, PromptFigures>>>> {
  const { only, threads } = options;
  await using codi = await load(bench.modalities, {
    session: threads === undefined ? {} : { threads },
  });
  const figures: Record<string, PromptFigures> = {};
  const rows: Row[] = [];
  const installed = (name: string) => bench.modalities.some((modality) => modality.name === name);
  for (const one of PROMPT_ROWS) {
    if (only !== undefined && !only.includes(one.name)) continue;
    if (![...one.from, one.to].every(installed)) continue;
    const measured = await hasWeights(bench.modalities, one)
      ? await measureRow(bench, codi, one, options)
      : "not trained";
    figures[one.name] = measured;
    rows.push(...rowsOf(one, measured));
  }
  return { figures, rows };
}

/** Whether all networks of a combination have weights. */
async function hasWeights(
  modalities: readonly AnyModality[],
  { from, to }: PromptRow,
): Promise<boolean> {
  const output = findModality(modalities, to).weights;
  const needed = [
    ...from.map((name) => findModality(modalities, name).weights.promptEncoder),
    output.autoencoder,
    output.diffusion,
  ];
  return (await Promise.all(needed.map(hasFile))).every((exists) => exists);
}

async function measureRow(
  bench: Bench,
  codi: Codi,
  one: PromptRow,
  options: PromptsOptions,
): Promise<PromptFigures> {
  const { count, seed, sampler, steps, guidance, mixing } = options;
  const { to } = one;
  await using judge = await openJudge(to, bench.device);
  const numbers = Array.from({ length: count }, (_, index) => index);
  const judged = await inPieces(bench, numbers, BATCH, async (piece) => {
    const samples = await Promise.all(
      piece.map(async (index) => ({
        prompts: await promptsOf(bench, one, index),
        seed,
        number: index,
      })),
    );
    const outputs = await codi.generateBatch({
      prompts: [],
      samples,
      to: [to],
      sampler,
      steps,
      ...(guidance === undefined ? {} : { guidance }),
      ...(mixing === undefined ? {} : { mixing }),
    });
    const generated = await judge.read(outputs.map((output) => output[to]));
    const originals = bench.dataset.modalities.includes(to)
      ? await judge.read(
        await Promise.all(piece.map((index) => bench.dataset.sample(to, "test", index))),
      )
      : undefined;
    return piece.map((index, i): Judged => ({
      scene: scene("held-out", index),
      generated: generated[i]!,
      real: originals?.[i],
    }));
  });
  return figuresOf(one, judged);
}

/** The prompts of a scene: its caption, or the sample itself in another modality. */
async function promptsOf(bench: Bench, one: PromptRow, index: number): Promise<Prompt[]> {
  return await Promise.all(one.from.map(async (name) => {
    const modality = findModality(bench.modalities, name);
    if (!modality.bridge) {
      return modality.prompt(await bench.dataset.sample(name, "test", index));
    }
    const mention = one.mention ?? SHOWN_FACTORS[one.to]!;
    return modality.prompt(captionWithFactors(scene("held-out", index), { mention }).text);
  }));
}

function figuresOf(one: PromptRow, judged: readonly Judged[]): PromptFigures {
  const carried = new Set(
    one.from.flatMap((name) => name === "text" && one.mention ? one.mention : SHOWN_FACTORS[name]!),
  );
  const shown = FACTOR_NAMES.filter((name) =>
    carried.has(name) && SHOWN_FACTORS[one.to]!.includes(name)
  );
  const figures: Record<string, FactorFigures> = {};
  const add = (
    name: string,
    samples: readonly Judged[],
    right: (seen: Seen, scene: Scene) => boolean,
    chance: number,
  ) => {
    if (samples.length === 0) return;
    const shareOf = (which: "generated" | "real") =>
      shareWhere(samples, (sample) => right(sample[which]!, sample.scene));
    figures[name] = {
      generated: shareOf("generated"),
      ...(samples[0]!.real && name !== "parses" ? { real: shareOf("real") } : {}),
      chance,
    };
  };
  for (const name of shown) {
    // A sentence need not mention a factor: then it is neither right nor wrong, but for the thing.
    const counted = judged.filter(({ scene, generated }) =>
      factorsOf(scene)[name] !== undefined &&
      (one.to !== "text" || name === "thing" || generated[name] !== undefined)
    );
    add(name, counted, (seen, scene) => seen[name] === factorsOf(scene)[name], CHANCE[name]);
  }
  const unsaid = (seen: Seen, name: FactorName) =>
    one.to === "text" && name !== "thing" && seen[name] === undefined;
  const all = (seen: Seen, scene: Scene) =>
    shown.every((name) => {
      const truth = factorsOf(scene)[name];
      return truth === undefined || unsaid(seen, name) || seen[name] === truth;
    });
  add("all", judged, all, shown.reduce((chance, name) => chance * CHANCE[name], 1));
  if (one.to === "text") add("parses", judged, (seen) => seen.parses === true, 0);
  return figures;
}

function rowsOf({ name, expected }: PromptRow, figures: PromptFigures): Row[] {
  if (figures === "not trained") return [{ name, value: figures }];
  return Object.entries(figures).map(([factor, { generated, real, chance }]) => {
    const wanted = expected[factor];
    const ceiling = real === undefined ? "" : `, real ${(100 * real.share).toFixed(1)}`;
    return {
      name: `${name} ${factor}`,
      value: `${percent(generated)} of ${generated.of}${ceiling}, chance ${
        (100 * chance).toFixed(1)
      }`,
      ...(wanted === undefined ? {} : {
        goal: `≥ ${100 * wanted.first} % (then ${100 * wanted.goal} %)`,
        met: generated.share >= wanted.first,
      }),
    };
  });
}
