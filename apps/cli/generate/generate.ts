import { type Codi, load } from "@codi/core/generation";
import { type AnyModality, findModality, type Prompt } from "@codi/core/modality";
import type { CommandContext } from "../command.ts";
import { openOutputFolder } from "../output_folder.ts";
import { progressLine } from "../progress_line.ts";
import { sha256 } from "../sha256.ts";
import { type GenerationPlan, planGeneration } from "./plan.ts";
import { readPrompt } from "./read_prompt.ts";
import {
  type OutputRecord,
  type Recipe,
  recipeOf,
  recipeText,
  type RunRecord,
} from "./run_record.ts";

/** How many samples are generated side by side, at most. */
const BATCH = 8;

/**
 * The command `generate`: prompts in, files out, with the record of the run beside them. Nothing is
 * written before everything is generated.
 *
 * @param args The arguments after its name.
 * @param context The world around it.
 * @param modalities The installed modalities.
 * @returns When the files are written.
 * @throws {UsageError} If the arguments are wrong.
 * @throws {Error} If a prompt or weights cannot be read, or the folder takes no files.
 */
export async function generate(
  args: readonly string[],
  context: CommandContext,
  modalities: readonly AnyModality[],
): Promise<void> {
  const { now, signal } = context;
  const begun = now();
  const plan = planGeneration(args, modalities);
  const report = plan.quiet ? () => {} : context.report;
  const seed = plan.seed ?? context.drawSeed();
  const threads = plan.threads ?? navigator.hardwareConcurrency;
  const read = await Promise.all(plan.prompts.map(readPrompt));
  await using folder = await openOutputFolder(plan.out);
  await using codi = await load(modalities, { session: { threads } });

  const prompts = read.map(({ prompt }) => prompt);
  const notices = [...new Set(await codi.notices(prompts))];
  for (const notice of [...plan.hints, ...notices]) report(`Note: ${notice}\n`);
  if (plan.seed === undefined) report(`The seed is ${seed}\n`);

  const request = { prompts, seed, signal, report };
  const samples = await generateSamples(codi, plan, request, context);
  const recipe = await recipeOf({
    modalities,
    plan,
    prompts: read.map(({ record }) => record),
    seed,
    threads,
    batch: Math.min(BATCH, plan.count),
  });
  const files = await encodeSamples(modalities, plan, samples, recipe);
  signal.throwIfAborted();

  const paths: string[] = [];
  for (const { bytes, record } of files) paths.push(await folder.write(record.file, bytes));
  const run: RunRecord = { ...recipe, notices, outputs: files.map(({ record }) => record) };
  await folder.write("run.json", new TextEncoder().encode(`${JSON.stringify(run, null, 2)}\n`));
  if (plan.json) {
    const timing = { seconds: (now() - begun) / 1000, peakBytes: context.peakMemory() };
    context.print(`${JSON.stringify({ ...run, paths, timing }, null, 2)}\n`);
  } else context.print(paths.map((path) => `${path}\n`).join(""));
}

async function generateSamples(
  codi: Codi,
  plan: GenerationPlan,
  request: {
    readonly prompts: readonly Prompt[];
    readonly seed: number;
    readonly signal: AbortSignal;
    readonly report: (text: string) => void;
  },
  { columns, now }: CommandContext,
): Promise<Record<string, unknown>[]> {
  const { count, steps, sampler, guidance, to, decoding } = plan;
  const { prompts, seed, signal, report } = request;
  using progress = progressLine({ label: to.join(", "), report, columns, now });
  const batches = Math.ceil(count / BATCH);
  progress.show(0, batches * steps);
  const samples: Record<string, unknown>[] = [];
  for (let first = 0; first < count; first += BATCH) {
    const generation = codi.generateSteps({
      prompts,
      to,
      seed,
      steps,
      sampler,
      count: Math.min(BATCH, count - first),
      first,
      decoding,
      ...(guidance === undefined ? {} : { guidance }),
    });
    for (;;) {
      const { done, value } = await generation.next();
      // Looked at here, between runs of the networks: a Worker must not end under a run.
      signal.throwIfAborted();
      if (done) {
        samples.push(...value);
        break;
      }
      progress.show(first / BATCH * steps + value.step + 1, batches * steps);
    }
  }
  return samples;
}

async function encodeSamples(
  modalities: readonly AnyModality[],
  { to, count, formats }: GenerationPlan,
  samples: readonly Readonly<Record<string, unknown>>[],
  recipe: Recipe,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; record: OutputRecord }[]> {
  const files: { bytes: Uint8Array<ArrayBuffer>; record: OutputRecord }[] = [];
  for (const [sample, outputs] of samples.entries()) {
    for (const name of to) {
      const { codec } = findModality(modalities, name);
      const format = formats[name];
      const bytes = await codec.encode(outputs[name], {
        description: recipeText(recipe, sample),
        beside: outputs,
        ...(format === undefined ? {} : { format }),
      });
      const extension = format === undefined ? codec.extension : codec.formats![format]!.extension;
      const file = `${name}${count > 1 ? `-${sample + 1}` : ""}${extension}`;
      files.push({
        bytes,
        record: { modality: name, sample, file, sha256: await sha256(bytes) },
      });
    }
  }
  return files;
}
