import { type Codi, type GenerateRequest, load } from "@codi/core/generation";
import type { AnyModality, Prompt } from "@codi/core/modality";
import type { CommandContext } from "../command.ts";
import { progressLine } from "../progress_line.ts";
import { checkOverwriting } from "./_checks.ts";
import { type EncodedFile, encodeSamples } from "./encode_samples.ts";
import { isWords } from "./options.ts";
import type { GenerationPlan } from "./generation_plan.ts";
import { planGeneration } from "./plan.ts";
import { openPreview } from "./preview.ts";
import { type ReadBeside, readBeside } from "./read_beside.ts";
import { fileReader, readPrompt } from "./read_prompt.ts";
import { comparisonText, namedAsBefore, readReplay, recipeChanges } from "./replay.ts";
import { openResults } from "./results.ts";
import { type Recipe, recipeOf, type RunRecord } from "./run_record.ts";

/** How many samples are generated side by side, at most. */
const BATCH = 8;

/**
 * The command `generate`: prompts in, files out, with the record of the run beside them. Samples are
 * written as they are finished, up to eight at a time; a run that is stopped keeps them.
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
  const { now } = context;
  const begun = now();
  const given = planGeneration(args, modalities);
  const readFile = fileReader(context.readInput);
  const replay = given.replay === undefined
    ? undefined
    : await readReplay(given.replay, given, modalities, readFile);
  const plan = replay?.plan ?? given;
  const report = plan.quiet ? () => {} : context.report;
  const seed = plan.seed ?? context.drawSeed();
  const threads = plan.threads ?? navigator.hardwareConcurrency;
  const batch = replay?.recipe.batch ?? Math.min(BATCH, plan.count);
  const samples = replay?.samples ?? Array.from({ length: plan.count }, (_, number) => number);
  const read = await Promise.all(plan.prompts.map((prompt) => readPrompt(prompt, readFile)));
  const beside = await readBeside(plan, modalities, readFile);
  await checkOverwriting(plan, samples, modalities);
  await using results = await openResults(plan, replay, context, modalities);
  await using codi = await load(modalities, { session: { threads } });

  const prompts = read.map(({ prompt }) => prompt);
  const notices = [...new Set(await codi.notices(prompts, { to: plan.to }))];
  for (const notice of [...plan.hints, ...notices]) report(`Note: ${notice}\n`);
  if (plan.seed === undefined) report(`The seed is ${seed}\n`);
  const records = read.map(({ record }) => record);
  const candidates = await codi.candidates(requestOf(plan, prompts, beside.request));
  const ownRecipe = await recipeOf({
    modalities,
    plan,
    prompts: records,
    beside: beside.record,
    candidates,
    seed,
    threads,
    batch,
  });
  const recipe = replay === undefined ? ownRecipe : namedAsBefore(replay.recipe, ownRecipe);
  if (replay !== undefined) {
    for (const change of recipeChanges(replay.recipe, recipe)) report(`Note: ${change}\n`);
  }

  const finishedSamples = () => {
    const files = Object.values(Object.groupBy(results.records(), ({ sample }) => sample));
    return files.filter((some) => some!.length === plan.to.length).length;
  };
  const conclude = async () => {
    const outputs = results.records();
    const finished = finishedSamples();
    const run: RunRecord = { ...recipe, notices, finished, outputs };
    await results.finish(run, { seconds: (now() - begun) / 1000, peakBytes: context.peakMemory() });
  };
  try {
    const work = { codi, plan, recipe, prompts, beside: beside.request, seed, batch, samples };
    for await (const files of generateFiles(work, { ...context, report })) {
      for (const file of files) await results.write(file);
      if (context.columns !== undefined) report(wordsText(files, modalities));
    }
  } catch (error) {
    const finished = finishedSamples();
    if (finished === 0) throw error;
    await conclude();
    report(`Kept ${finished} of ${samples.length} samples\n`);
    throw error;
  }
  await conclude();
  if (replay?.outputs !== undefined) {
    report(`${comparisonText(replay.outputs, results.records())}\n`);
  }
  if (plan.open) { for (const path of results.paths()) await context.openFile(path); }
}

/** What is generated, and how. */
interface Work {
  readonly codi: Codi;
  readonly plan: GenerationPlan;
  readonly recipe: Recipe;
  readonly prompts: readonly Prompt[];
  readonly beside: ReadBeside["request"];
  readonly seed: number;
  readonly batch: number;
  /** The numbers of the samples that are wanted. */
  readonly samples: readonly number[];
}

/** Generates samples side by side, and gives the files of those that are finished. */
async function* generateFiles(
  { codi, plan, recipe, prompts, beside, seed, batch, samples }: Work,
  context: CommandContext,
): AsyncGenerator<EncodedFile[]> {
  const { steps, to } = plan;
  const { signal, report, now } = context;
  const columns = plan.quiet ? undefined : context.columns;
  using progress = progressLine({ label: to.join(", "), report, columns, now });
  const preview = openPreview(codi, to, plan.quiet ? withoutPictures(context) : context);
  const firsts = [...new Set(samples.map((number) => Math.floor(number / batch) * batch))];
  progress.show(0, firsts.length * steps);
  for (const [index, first] of firsts.entries()) {
    const generation = codi.generateSteps({
      ...requestOf(plan, prompts, beside),
      seed,
      // Those that are not wanted are made, too: with fewer side by side, last digits could differ.
      count: Math.min(batch, plan.count - first),
      first,
    });
    for (;;) {
      const { done, value } = await generation.next();
      // Looked at here, between runs of the networks: a Worker must not end under a run.
      signal.throwIfAborted();
      if (done) {
        const numbered = value.map((outputs, place) => ({ number: first + place, outputs }))
          .filter(({ number }) => samples.includes(number));
        await preview.finish(numbered.map(({ outputs }) => outputs));
        progress.clear();
        yield await encodeSamples(codi.modalities, plan, numbered, recipe);
        break;
      }
      await preview.step(value.denoised);
      progress.show(index * steps + value.step + 1, firsts.length * steps);
    }
    signal.throwIfAborted();
  }
}

/** What is asked for, but for the samples. */
function requestOf(
  { steps, sampler, guidance, candidates, mixing, environment, to, decoding }: GenerationPlan,
  prompts: readonly Prompt[],
  beside: ReadBeside["request"],
): GenerateRequest {
  return {
    prompts,
    to,
    steps,
    sampler,
    mixing,
    decoding,
    ...beside,
    ...(guidance === undefined ? {} : { guidance }),
    ...(candidates === undefined ? {} : { candidates }),
    ...(environment === undefined ? {} : { environment }),
  };
}

function withoutPictures({ pictures: _, ...context }: CommandContext): CommandContext {
  return context;
}

/** Generated words, for those who look at the terminal. */
function wordsText(files: readonly EncodedFile[], modalities: readonly AnyModality[]): string {
  return files.filter(({ record }) =>
    modalities.some((modality) => modality.name === record.modality && isWords(modality))
  ).map(({ bytes, record }) => `${record.file}: ${new TextDecoder().decode(bytes).trim()}\n`)
    .join("");
}
