import { bandDataset, openArt, sceneDrawer } from "@codi/band";
import { openImageReader } from "@codi/band/readers";
import { type AnyModality, findModality } from "@codi/core/modality";
import { openDevice } from "@codi/core/runtime";
import { writeFileAtomic } from "@codi/core/weights";
import type { CommandContext } from "../command.ts";
import { reasonOf } from "../message.ts";
import { progressLine } from "../progress_line.ts";
import { digestWeights } from "../weights_digest.ts";
import { measureAutoencoder } from "./autoencoder.ts";
import type { Bench, Measurement, Row } from "./bench.ts";
import { measureCost } from "./cost.ts";
import { measureGate } from "./gate.ts";
import { measureGeneration } from "./generation.ts";
import { type EvalPart, type EvalPlan, planEvaluation } from "./plan.ts";
import { measurePrompts } from "./prompts.ts";
import { measureRetrieval } from "./retrieval.ts";

/**
 * The command `eval`: measures the trained models and prints a table of the figures.
 *
 * @param args The arguments after its name.
 * @param context The world around it.
 * @param modalities The installed modalities, text and image among them.
 * @returns When everything is measured and written.
 * @throws {UsageError} If the arguments are wrong.
 * @throws {Error} If weights are missing, or a file cannot be written.
 */
export async function evaluate(
  args: readonly string[],
  context: CommandContext,
  modalities: readonly AnyModality[],
): Promise<void> {
  const plan = planEvaluation(args);
  const { quick, seed, threads } = plan;
  await using device = openDevice(threads === undefined ? {} : { threads });
  await using reader = await openImageReader({ device });
  const art = await openArt();
  const { draw } = sceneDrawer(art);
  const figures: Record<string, unknown> = {
    dataset: "band",
    plugins: Object.fromEntries(modalities.map(({ name, version }) => [name, version])),
    weights: await digestWeights(modalities),
    quick,
    seed,
  };
  for (const part of plan.parts) {
    context.signal.throwIfAborted();
    using progress = progressLine({ ...context, label: part, columns: context.columns });
    const measured = await measure(part, plan, context, {
      modalities,
      dataset: bandDataset(art),
      draw,
      text: findModality(modalities, "text"),
      image: findModality(modalities, "image"),
      device,
      reader,
      art,
      progress: progress.show,
      signal: context.signal,
    });
    figures[part] = measured.figures;
    if (!plan.json) context.print(tableOf(part, measured.rows));
    // Written after every part, as the next one may fail.
    if (plan.out !== undefined) await writeResult(plan.out, jsonOf(figures));
  }
  if (plan.json) context.print(jsonOf(figures));
}

function jsonOf(figures: unknown): string {
  return `${JSON.stringify(figures, null, 2)}\n`;
}

async function measure(
  part: EvalPart,
  plan: EvalPlan,
  context: CommandContext,
  bench: Bench,
): Promise<Measurement<unknown>> {
  const { quick, seed, sampler, steps, threads } = plan;
  const count = plan.count ?? (quick ? 48 : 512);
  switch (part) {
    case "autoencoder":
      return await measureAutoencoder(bench, { count });
    case "gate":
      return await measureGate(
        bench,
        quick ? { train: 2000, test: 500 } : { train: 8000, test: 2000 },
      );
    case "retrieval":
      return await measureRetrieval(
        bench,
        quick
          ? { candidates: 128, rounds: 1, pairs: 256 }
          : { candidates: 128, rounds: 4, pairs: 1024 },
      );
    case "generation": {
      const guidance = plan.guidance ?? bench.image.diffusion!.guidance;
      const how = { count, seed, sampler, steps, guidance, threads };
      const { sheet, ...measured } = await measureGeneration(bench, how);
      if (plan.sheet !== undefined) await writeResult(plan.sheet, await sheet());
      return measured;
    }
    case "prompts": {
      const { guidance, mixing, only } = plan;
      const how = { seed, sampler, steps, threads, guidance, mixing, only };
      return await measurePrompts(bench, { ...how, count: plan.count ?? (quick ? 32 : 256) });
    }
    case "cost":
      return await measureCost({ ...bench, now: context.now, runs: quick ? 1 : 3 });
  }
}

async function writeResult(path: string, content: Uint8Array | string): Promise<void> {
  try {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await writeFileAtomic(path, bytes);
  } catch (cause) {
    throw new Error(`Cannot write "${path}": ${reasonOf(cause)}`, { cause });
  }
}

/** A table for people. */
function tableOf(title: string, rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(({ name, value, goal, met }) => {
    const verdict = goal === undefined ? "" : `   goal ${goal}: ${met ? "met" : "missed"}`;
    return `  ${name.padEnd(width)}  ${value}${verdict}\n`;
  });
  return `${title}\n${lines.join("")}\n`;
}
