import type { Limits } from "../config.ts";
import type { AcceptedFile } from "../intake/accepted_file.ts";
import { Problem } from "../problem.ts";
import type { GenerationRequest } from "./schema.ts";

/**
 * Bytes of memory that a sample of an output takes while it is made, beside the networks: between one
 * and eight samples of sounds the process grew by 17 MB for each, of pictures and clips by less.
 */
export const SAMPLE_MEMORY = 17_000_000;

/**
 * Refuses a generation that would take more memory or disk than one may.
 *
 * @param request What is to be generated.
 * @param samples The samples that came with it: files, or words.
 * @param limits What requests may ask for.
 * @throws {Problem} If it takes too much; it says how much, and what would be less.
 */
export function checkCost(
  { to, count }: Pick<GenerationRequest, "to" | "count">,
  samples: readonly { readonly file?: AcceptedFile }[],
  limits: Pick<Limits, "jobMemoryBytes" | "jobDiskBytes">,
): void {
  const files = samples.flatMap(({ file }) => file === undefined ? [] : [file]);
  const sent = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (sent > limits.jobDiskBytes) {
    throw new Problem(
      "job-too-large",
      `${
        files.length === 1 ? "Its file takes" : `Its ${files.length} files take`
      } ${sent} bytes of disk, above the limit of ` +
        `${limits.jobDiskBytes} for a generation; send fewer or smaller files`,
    );
  }
  // Files are decoded one after the other; their bytes are here and in the Worker that generates.
  const decoded = files.reduce((most, { memoryBytes }) => Math.max(most, memoryBytes), 0);
  const made = count * to.length * SAMPLE_MEMORY;
  const memory = 2 * sent + decoded + made;
  if (memory > limits.jobMemoryBytes) {
    throw new Problem(
      "job-too-large",
      `It takes about ${megabytes(memory)} MB of memory, above the limit of ` +
        `${megabytes(limits.jobMemoryBytes)} MB for a generation: ${megabytes(made)} MB to make ` +
        `${count} of each of ${to.length}, ${megabytes(memory - made)} MB for files; ` +
        `ask for fewer samples or outputs, or send smaller files`,
    );
  }
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}
