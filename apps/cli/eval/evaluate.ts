import type { AnyModality } from "@codi/core/modality";
import { writeFileAtomic } from "@codi/core/weights";
import { dirname, join, resolve } from "@std/path";
import type { CommandContext } from "../command.ts";
import { messageOf, reasonOf } from "../message.ts";
import { durationText, progressLine } from "../progress_line.ts";
import { PARTS } from "./all_parts.ts";
import { digestReaders } from "./judges.ts";
import { type Lab, openLab } from "./lab.ts";
import { estimatePart, measurePart, type PartPlan, planPart } from "./measure_part.ts";
import type { Row } from "./row.ts";
import type { GalleryRow } from "./parts/gallery.ts";
import { openPieces, TimeOverError } from "./pieces.ts";
import { type EvalPlan, planEvaluation } from "./plan.ts";
import { type EvaluatedPart, type Evaluation, holds } from "./report/evaluation.ts";
import { galleryMarkdown } from "./report/gallery.ts";
import { evaluationMarkdown } from "./report/markdown.ts";
import { evaluationPage } from "./report/page.ts";

/**
 * The command `eval`: measures the trained models, prints a table of the figures and writes the report.
 *
 * @param args The arguments after its name.
 * @param context The world around it.
 * @param modalities The installed modalities, text and image among them.
 * @param guests Modalities that are not installed, for the parts that are about them.
 * @returns When everything is measured and written, or the minutes are over.
 * @throws {UsageError} If the arguments are wrong.
 * @throws {Error} If a part cannot be measured, once the others are, or a file cannot be written.
 */
export async function evaluate(
  args: readonly string[],
  context: CommandContext,
  modalities: readonly AnyModality[],
  guests: readonly AnyModality[] = [],
): Promise<void> {
  const plan = planEvaluation(args);
  const { now, signal } = context;
  signal.throwIfAborted();
  const readers = await digestReaders();
  await using lab = await openLab(modalities, {
    readers,
    settings: plan.settings,
    threads: plan.threads,
    guests,
    pieces: openPieces(join(plan.run, "pieces"), { now, minutes: plan.minutes, readers }),
    scratch: resolve(plan.run, "scratch"),
    progress: () => {},
    signal,
    now,
  });
  const chosen = await choose(plan, lab);
  await printEstimates(chosen, plan, lab, context);
  if (plan.estimate) return;

  const parts: Record<string, EvaluatedPart> = {};
  const published = stillHolding(await readPublished(plan.publish), plan, lab);
  const samples: Record<string, GalleryRow> = {};
  const finished = new Set<PartPlan>();
  const failures: unknown[] = [];
  const measure = async (asked: PartPlan, seeds: number) => {
    const { part, trials, measures } = asked;
    signal.throwIfAborted();
    const { name, title, about } = part;
    using progress = progressLine({ ...context, label: name, columns: context.columns });
    try {
      const found = await measurePart(asked, lab, {
        scale: plan.scale,
        show: progress.show,
        seeds,
      });
      const { notes = [], ...report } = part.report(found);
      const { unfinished } = found;
      const open = unfinished === undefined ? [] : [`Not finished: ${unfinished}`];
      parts[name] = { title, about, ...report, notes: [...open, ...notes] };
      if (name === "gallery") Object.assign(samples, found.measured);
      progress[Symbol.dispose]();
      if (unfinished === undefined) finished.add(asked);
      else if (seeds === Infinity) {
        context.report(`${name}: the minutes were over, ${unfinished}\n`);
      }
      if (unfinished !== undefined && seeds < Infinity) return;
      if (!plan.json && plan.parts.includes(part)) context.print(tableOf(title, report.rows));
    } catch (error) {
      signal.throwIfAborted();
      const pending = error instanceof TimeOverError ? "the minutes were over" : messageOf(error);
      parts[name] = { title, about, pending };
      if (!(error instanceof TimeOverError)) {
        failures.push(error);
        finished.add(asked);
      }
      const pieces = Object.keys(trials).length + Object.keys(measures).length;
      context.report(`${name}: not finished, ${pending} (${pieces} rows)\n`);
    }
  };
  // One seed of everything first, so that whoever stops early has something of all.
  for (const seeds of plan.scale.seeds > 1 ? [1, Infinity] : [Infinity]) {
    for (const asked of chosen.filter((one) => !finished.has(one))) {
      await measure(asked, seeds);
      // Written after every part, as the next one may fail.
      await writeReport(plan.run, evaluationOf(lab, plan, parts), samples);
      if (plan.publish === undefined) continue;
      const all = { ...published, ...measuredOf(parts) };
      const ordered = PARTS.flatMap(({ name }) => all[name] ? [[name, all[name]] as const] : []);
      const evaluation = evaluationOf(lab, plan, Object.fromEntries(ordered));
      await writeMarkdown(plan.publish, evaluation, samples);
    }
  }
  if (plan.json) context.print(jsonOf(evaluationOf(lab, plan, parts)));
  if (failures.length > 0) throw failures[0];
}

/** The parts that were asked for, and those of which all was measured before. */
async function choose(plan: EvalPlan, lab: Lab): Promise<PartPlan[]> {
  const chosen: PartPlan[] = [];
  const known = new Set(lab.withGuests.modalities.map(({ name }) => name));
  for (const part of PARTS) {
    const absent = part.guest !== undefined && !known.has(part.guest);
    if (absent && !(plan.named && plan.parts.includes(part))) continue;
    const asked = planPart(part, plan.scale, lab, plan.only);
    const { pieces, known: done } = await estimatePart(asked, lab);
    if (plan.parts.includes(part) || (pieces > 0 && done === pieces)) chosen.push(asked);
  }
  return chosen;
}

async function printEstimates(
  chosen: readonly PartPlan[],
  plan: EvalPlan,
  lab: Lab,
  context: CommandContext,
): Promise<void> {
  const counted = new Set<string>();
  let total = 0;
  const print = plan.estimate ? context.print : context.report;
  for (const asked of chosen) {
    const { seconds, pieces, known } = await estimatePart(asked, lab, counted);
    total += seconds;
    print(
      `${asked.part.name.padEnd(13)}about ${
        durationText(seconds)
      }, ${known} of ${pieces} pieces known or counted before\n`,
    );
  }
  print(`together about ${durationText(total)} on two free cores\n`);
}

function evaluationOf(
  lab: Lab,
  { scale, settings }: EvalPlan,
  parts: Readonly<Record<string, EvaluatedPart>>,
): Evaluation {
  const { sampler, steps, guidance, candidates, mixing } = settings;
  const guested = PARTS.some(({ name, guest }) => guest !== undefined && name in parts);
  const { modalities, joined, digests } = guested ? lab.withGuests : lab;
  return {
    about: {
      dataset: "band",
      plugins: Object.fromEntries(modalities.map(({ name, version }) => [name, version])),
      quick: scale.quick,
      share: scale.share,
      ...(scale.count === undefined ? {} : { count: scale.count }),
      settings: {
        sampler,
        steps,
        guidance: guidance ?? "as shipped",
        ...(candidates === undefined ? {} : { candidates }),
        mixing: mixing ?? "as shipped",
        seeds: scale.seeds,
      },
      environment: joined,
      weights: { ...digests, ...lab.readers },
    },
    parts,
  };
}

function jsonOf(evaluation: Evaluation): string {
  return `${JSON.stringify(evaluation, null, 1)}\n`;
}

/** The parts that could be measured. */
function measuredOf(
  parts: Readonly<Record<string, EvaluatedPart>>,
): Record<string, EvaluatedPart> {
  return Object.fromEntries(
    Object.entries(parts).filter(([, { pending }]) => pending === undefined),
  );
}

/** The evaluation that a folder holds; undefined if there is none, or none that can be read. */
async function readPublished(folder: string | undefined): Promise<Evaluation | undefined> {
  if (folder === undefined) return undefined;
  try {
    return JSON.parse(await Deno.readTextFile(join(folder, "evaluation.json")));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The parts of a published evaluation that would be measured in the same way now. */
function stillHolding(
  published: Evaluation | undefined,
  plan: EvalPlan,
  lab: Lab,
): Record<string, EvaluatedPart> {
  return Object.fromEntries(
    Object.entries(measuredOf(published?.parts ?? {})).filter(([name, part]) =>
      holds(published!, evaluationOf(lab, plan, { [name]: part }).about)
    ),
  );
}

/** Writes the report to the run folder: what is published of it, and the page. */
async function writeReport(
  run: string,
  evaluation: Evaluation,
  samples: Readonly<Record<string, GalleryRow>>,
): Promise<void> {
  await write(join(run, "page.html"), evaluationPage(evaluation, samples));
  await writeMarkdown(run, evaluation, samples);
}

/** Writes the evaluation and the gallery as JSON, Markdown and pictures. */
async function writeMarkdown(
  folder: string,
  evaluation: Evaluation,
  samples: Readonly<Record<string, GalleryRow>>,
): Promise<void> {
  const json = jsonOf(evaluation);
  await write(join(folder, "evaluation.json"), json);
  await write(join(folder, "evaluation.md"), evaluationMarkdown(JSON.parse(json)));
  if (Object.keys(samples).length === 0) return;
  const { text, sheets } = galleryMarkdown(samples);
  await write(join(folder, "gallery.md"), text);
  for (const { name, bytes } of sheets) await write(join(folder, "gallery", name), bytes);
}

async function write(path: string, content: Uint8Array | string): Promise<void> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await writeFileAtomic(path, bytes);
  } catch (cause) {
    throw new Error(`Cannot write "${path}": ${reasonOf(cause)}`, { cause });
  }
}

/** A table for people. */
function tableOf(title: string, rows: readonly Row[]): string {
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  const lines = rows.map(({ name, value, beside = {}, expected, verdict }) => {
    const controls = Object.entries(beside).map(([name, value]) => `${name} ${value}`).join("; ");
    return `  ${name.padEnd(width)}  ${value}${controls && `   [${controls}]`}${
      expected ? `   ${expected.first}, goal ${expected.goal}: ${verdict}` : ""
    }\n`;
  });
  return `${title}\n${lines.join("")}\n`;
}
