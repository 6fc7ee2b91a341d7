import { BUNDLED } from "./config.ts";

/**
 * How a modality that is not installed is added.
 *
 * @param name The name of the modality.
 * @param installed The names of those that are.
 * @returns A sentence without a final period, or undefined if no plugin is known that brings it.
 */
export function missingText(
  name: string,
  installed: readonly string[] = [],
): string | undefined {
  const specifier = Object.hasOwn(BUNDLED, name) ? BUNDLED[name] : undefined;
  return specifier === undefined || installed.includes(name)
    ? undefined
    : `the plugin "${specifier}" is missing; add it with "deno task plugin add ${specifier}"`;
}
