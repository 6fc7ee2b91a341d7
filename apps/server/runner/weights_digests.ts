import type { AnyModality } from "@codi/core/modality";
import { fromFileUrl } from "@std/path";
import { sha256 } from "../sha256.ts";

const known = new Map<string, Promise<string | undefined>>();

/**
 * The SHA-256 of files of weights, each read once; those that do not exist are left out.
 *
 * @param modalities The modalities.
 * @returns The digests by part, for example `image/diffusion`.
 */
export async function weightsDigests(
  modalities: readonly AnyModality[],
): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const { name, weights } of modalities) {
    for (const [part, url] of Object.entries(weights)) {
      if (url === undefined || url.protocol !== "file:") continue;
      if (!known.has(url.href)) known.set(url.href, digestOf(url));
      const digest = await known.get(url.href);
      if (digest !== undefined) digests[`${name}/${part}`] = digest;
    }
  }
  return digests;
}

async function digestOf(url: URL): Promise<string | undefined> {
  try {
    return await sha256(await Deno.readFile(fromFileUrl(url)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
