import { type AnyModality, findModality, type PartName } from "@codi/core/modality";
import { fromFileUrl } from "@std/path";

/**
 * Where a plugin keeps the weights of one of its parts.
 *
 * @param modalities The installed modalities.
 * @param part The part, for example `image/diffusion`.
 * @returns The path of the file, whether it exists or not.
 * @throws {RangeError} If there is no such modality, or it names no file for the part.
 */
export function installedPath(modalities: readonly AnyModality[], part: string): string {
  const [modality, name] = part.split("/") as [string, PartName];
  const url = findModality(modalities, modality).weights[name];
  if (url === undefined) {
    throw new RangeError(`Cannot find the weights of "${part}": the plugin names no file`);
  }
  if (url.protocol !== "file:") {
    throw new RangeError(
      `Cannot use the weights of "${part}" as a file: they are at "${url}", with the plugin's package`,
    );
  }
  return fromFileUrl(url);
}
