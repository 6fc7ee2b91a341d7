import type { AnyModality, PartName } from "@codi/core/modality";
import { loadBytes } from "@codi/core/weights";
import { sha256 } from "./sha256.ts";

/** The parts that have weights. */
const PARTS: readonly PartName[] = [
  "promptEncoder",
  "autoencoder",
  "renderer",
  "diffusion",
  "environment",
];

/**
 * The SHA-256 of files of weights; those that do not exist are left out.
 *
 * @param modalities The modalities.
 * @param parts Which of their parts.
 * @returns The digests by part, for example `image/diffusion`.
 */
export async function digestWeights(
  modalities: readonly AnyModality[],
  parts: readonly PartName[] = PARTS,
): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const { name, weights } of modalities) {
    for (const part of parts) {
      const url = weights[part];
      if (url === undefined) continue;
      try {
        digests[`${name}/${part}`] = await sha256(await loadBytes(url));
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }
  return digests;
}
