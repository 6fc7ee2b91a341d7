import type { AnyModality } from "./modality.ts";

/**
 * Checks that modalities can work together.
 *
 * @param modalities The installed ones.
 * @throws {RangeError} If there are none, two share a name, or one was aligned to another shared space
 * than the bridge.
 *
 * @example A plugin that was aligned to another shared space
 * ```ts
 * import { type AnyModality, checkModalities } from "@codi/core/modality";
 * import { assertThrows } from "@std/assert";
 *
 * const words = { name: "words", space: "band-1", bridge: true } as AnyModality;
 * const sketch = { name: "sketch", space: "band-2", bridge: false } as AnyModality;
 * checkModalities([words]);
 * assertThrows(
 *   () => checkModalities([sketch, words]),
 *   RangeError,
 *   'Cannot load modality "sketch": it was aligned to the shared space "band-2", "words" to "band-1"',
 * );
 * ```
 */
export function checkModalities(modalities: readonly AnyModality[]): void {
  const first = modalities[0];
  if (first === undefined) throw new RangeError("Cannot load no modalities: name at least one");
  const names = new Set<string>();
  const reference = modalities.find((modality) => modality.bridge) ?? first;
  for (const { name, space } of modalities) {
    if (names.has(name)) throw new RangeError(`Cannot load two modalities named "${name}"`);
    names.add(name);
    if (space !== reference.space) {
      throw new RangeError(
        `Cannot load modality "${name}": it was aligned to the shared space "${space}", "${reference.name}" to "${reference.space}"`,
      );
    }
  }
}

/**
 * The modality of a name.
 *
 * @param modalities The installed ones.
 * @param name The name, as `--to` and prompts say it.
 * @returns The modality.
 * @throws {RangeError} If it is not installed; the message lists those that are.
 *
 * @example By name
 * ```ts
 * import { type AnyModality, findModality } from "@codi/core/modality";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const sketch = { name: "sketch" } as AnyModality;
 * assertEquals(findModality([sketch], "sketch"), sketch);
 * assertThrows(() => findModality([sketch], "smell"), RangeError, 'installed are "sketch"');
 * ```
 */
export function findModality<M extends AnyModality>(modalities: readonly M[], name: string): M {
  const found = modalities.find((modality) => modality.name === name);
  if (found === undefined) {
    const known = modalities.map((modality) => `"${modality.name}"`).join(", ") || "none";
    throw new RangeError(
      `Cannot find modality "${name}": installed are ${known}; a plugin brings it, such as "@codi/${name}": import it and hand it to load()`,
    );
  }
  return found;
}
