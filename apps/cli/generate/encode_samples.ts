import { type AnyModality, findModality } from "@codi/core/modality";
import { sha256 } from "../sha256.ts";
import type { GenerationPlan } from "./generation_plan.ts";
import { type OutputRecord, type Recipe, recipeText } from "./run_record.ts";

/** A file to be written. */
export interface EncodedFile {
  /** Its content. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What the record of the run says of it. */
  readonly record: OutputRecord;
}

/**
 * How the file of an output is called.
 *
 * @param modality What it holds.
 * @param number The number of the sample.
 * @param plan The formats, and how many samples there are.
 * @returns The name, for example `image-2.png`.
 */
export function fileNameOf(
  { name, codec }: AnyModality,
  number: number,
  { count, formats }: Pick<GenerationPlan, "count" | "formats">,
): string {
  const extension = codec.formats?.[formats[name] ?? ""]?.extension ?? codec.extension;
  return `${name}${count > 1 ? `-${number + 1}` : ""}${extension}`;
}

/**
 * Makes files of samples, with the recipe in their metadata.
 *
 * @param modalities The installed modalities.
 * @param plan The outputs and their formats.
 * @param samples The samples with their numbers.
 * @param recipe How they were made.
 * @returns The files, sample by sample.
 */
export async function encodeSamples(
  modalities: readonly AnyModality[],
  plan: GenerationPlan,
  samples: readonly {
    readonly number: number;
    readonly outputs: Readonly<Record<string, unknown>>;
  }[],
  recipe: Recipe,
): Promise<EncodedFile[]> {
  const files: EncodedFile[] = [];
  for (const { number, outputs } of samples) {
    for (const name of plan.to) {
      const modality = findModality(modalities, name);
      const format = plan.formats[name];
      const bytes = await modality.codec.encode(outputs[name], {
        description: recipeText(recipe, number),
        beside: outputs,
        ...(format === undefined ? {} : { format }),
      });
      const file = fileNameOf(modality, number, plan);
      files.push({
        bytes,
        record: { modality: name, sample: number, file, sha256: await sha256(bytes) },
      });
    }
  }
  return files;
}
