import type { AnyModality } from "./modality.ts";

/**
 * Checks that modalities can work together.
 *
 * @param modalities The installed ones.
 * @throws {RangeError} If two share a name, or one was aligned to another shared space.
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
 * @throws {RangeError} If it is not installed; the message lists those that are.
 */
export function findModality<M extends AnyModality>(modalities: readonly M[], name: string): M {
  const found = modalities.find((modality) => modality.name === name);
  if (found === undefined) {
    const known = modalities.map((modality) => `"${modality.name}"`).join(", ");
    throw new RangeError(`Cannot find modality "${name}": installed are ${known}`);
  }
  return found;
}
