import { type AnyModality, findModality } from "@codi/core/modality";
import { type CommandContext, UsageError } from "../command.ts";
import { openOutputFolder } from "../output_folder.ts";
import type { EncodedFile } from "./encode_samples.ts";
import { isWords } from "./options.ts";
import type { GenerationPlan } from "./generation_plan.ts";
import type { Replay } from "./replay.ts";
import type { OutputRecord, RunRecord } from "./run_record.ts";
import { STANDARD_STREAM } from "./streams.ts";

/** The file that the record of a run goes to. */
export const RUN_FILE = "run.json";

/** Where the files of a run go, and what is told of them. */
export interface Results extends AsyncDisposable {
  /** Writes a file. */
  write(file: EncodedFile): Promise<void>;
  /** What was written, in order. */
  records(): readonly OutputRecord[];
  /** The paths of what was written, in order. */
  paths(): readonly string[];
  /** Writes and prints the record of the run. */
  finish(
    run: RunRecord,
    timing: { readonly seconds: number; readonly peakBytes: number },
  ): Promise<void>;
}

/**
 * Opens the folder that results go to, or standard output.
 *
 * @param plan Where to, and how to tell.
 * @param replay The run that is done again, if one is.
 * @param context The standard streams.
 * @param modalities The installed modalities.
 * @returns The results; bind them with `await using`.
 * @throws {UsageError} If standard output cannot take them.
 * @throws {Error} If files cannot be written there.
 */
export async function openResults(
  plan: GenerationPlan,
  replay: Replay | undefined,
  context: CommandContext,
  modalities: readonly AnyModality[],
): Promise<Results> {
  const { out, to, json } = plan;
  const records: OutputRecord[] = [];
  const paths: string[] = [];
  if (out === STANDARD_STREAM) {
    if (to.length * (replay?.samples.length ?? plan.count) > 1) {
      throw new UsageError(
        'Cannot use --out "-" for standard output: the recipe makes several files',
      );
    }
    const modality = findModality(modalities, to[0]!);
    if (context.printsToTerminal && !isWords(modality)) {
      throw new UsageError(
        'Cannot use --out "-" on a terminal: send standard output to a file or another program',
      );
    }
    return {
      write: ({ bytes, record }) => {
        context.write(bytes);
        records.push(record);
        return Promise.resolve();
      },
      records: () => records,
      paths: () => paths,
      finish: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const folder = await openOutputFolder(out);
  return {
    write: async ({ bytes, record }) => {
      paths.push(await folder.write(record.file, bytes));
      records.push(record);
    },
    records: () => records,
    paths: () => paths,
    finish: async (run, timing) => {
      await folder.write(RUN_FILE, new TextEncoder().encode(`${JSON.stringify(run, null, 2)}\n`));
      context.print(
        json
          ? `${JSON.stringify({ ...run, paths, timing }, null, 2)}\n`
          : paths.map((path) => `${path}\n`).join(""),
      );
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
