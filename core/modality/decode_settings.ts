import type { AnyModality, DecodeSetting } from "./modality.ts";

/**
 * What is wrong with a setting of decoding.
 *
 * @param modality The modality that decodes.
 * @param name The setting's name.
 * @param value Its value.
 * @returns What would be right; undefined if nothing is wrong.
 *
 * @example A setting that does not exist, and a value that does not fit
 * ```ts
 * import { settingComplaint } from "@codi/core/modality";
 * import { text } from "@codi/text";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(settingComplaint(text, "temperature", 0.7), undefined);
 * assertEquals(settingComplaint(text, "temperature", -1), "it takes a number from 0");
 * assertEquals(
 *   settingComplaint(text, "warmth", 1),
 *   'the settings of "text" are "temperature", "topP" and "beams"',
 * );
 * ```
 */
export function settingComplaint(
  { name: modality, autoencoder }: Pick<AnyModality, "name" | "autoencoder">,
  name: string,
  value: string | number,
): string | undefined {
  return complaint(modality, autoencoder?.settings ?? {}, name, value);
}

/**
 * Checks settings of decoding.
 *
 * @param modality The name of the modality that decodes.
 * @param known The settings that it knows.
 * @param settings The settings that are asked for.
 * @throws {RangeError} If one is unknown or out of range; the message says what would be right.
 *
 * @example A misspelt one
 * ```ts
 * import { checkSettings } from "@codi/core/modality";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(
 *   () => checkSettings("image", {}, { contrast: 2 }),
 *   RangeError,
 *   'Cannot decode "image" with contrast "2": there are no settings of "image"',
 * );
 * ```
 */
export function checkSettings(
  modality: string,
  known: Readonly<Record<string, DecodeSetting>>,
  settings: Readonly<Record<string, string | number>>,
): void {
  for (const [name, value] of Object.entries(settings)) {
    const wrong = complaint(modality, known, name, value);
    if (wrong !== undefined) {
      throw new RangeError(`Cannot decode "${modality}" with ${name} "${value}": ${wrong}`);
    }
  }
}

function complaint(
  modality: string,
  known: Readonly<Record<string, DecodeSetting>>,
  name: string,
  value: string | number,
): string | undefined {
  if (Object.hasOwn(known, name)) {
    const { takes, accepts } = known[name]!;
    return accepts(value) ? undefined : `it takes ${takes}`;
  }
  const names = Object.keys(known).map((one) => `"${one}"`);
  if (names.length === 0) return `there are no settings of "${modality}"`;
  return names.length === 1
    ? `the setting of "${modality}" is ${names[0]}`
    : `the settings of "${modality}" are ${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
