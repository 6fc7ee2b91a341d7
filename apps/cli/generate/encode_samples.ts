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
  { to, count, formats }: GenerationPlan,
  samples: readonly {
    readonly number: number;
    readonly outputs: Readonly<Record<string, unknown>>;
  }[],
  recipe: Recipe,
): Promise<EncodedFile[]> {
  const files: EncodedFile[] = [];
  for (const { number, outputs } of samples) {
    for (const name of to) {
      const { codec } = findModality(modalities, name);
      const format = formats[name];
      const bytes = await codec.encode(outputs[name], {
        description: recipeText(recipe, number),
        beside: outputs,
        ...(format === undefined ? {} : { format }),
      });
      const extension = codec.formats?.[format ?? ""]?.extension ?? codec.extension;
      const file = `${name}${count > 1 ? `-${number + 1}` : ""}${extension}`;
      files.push({
        bytes,
        record: { modality: name, sample: number, file, sha256: await sha256(bytes) },
      });
    }
  }
  return files;
}
