import type { AnyModality } from "@codi/core/modality";
import { decimal } from "../command_line.ts";
import { checkName, refusal } from "./_beside.ts";

/** The least and the most that a scale may be. */
const [LOW, HIGH] = [0, 50];
const SCALE = decimal(LOW, HIGH);

/**
 * The scales of `--guidance` and `--environment`: one `NUMBER` of all outputs, or
 * `NAME=NUMBER[,NAME=NUMBER…]` of some.
 *
 * @param option The option's name.
 * @param given Its values.
 * @param to The outputs.
 * @param modalities The installed modalities.
 * @returns The scale, or that of each named output; undefined if none was given.
 * @throws {UsageError} If a value is neither.
 */
export function scalesOf(
  option: string,
  given: readonly string[],
  to: readonly string[],
  modalities: readonly AnyModality[],
): number | Readonly<Record<string, number>> | undefined {
  const parts = given.flatMap((list) => list.split(",")).map((part) => part.trim());
  const example = `${to[0] ?? "image"}=4`;
  const scales: Record<string, number> = {};
  for (const part of parts) {
    const refuse = refusal(option, part);
    const [, name, number = part] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    const { success, data } = SCALE.safeParse(number);
    if (name === undefined) {
      if (!success) {
        throw refuse(`it is a number from ${LOW} to ${HIGH}, or an output's own, as in ${example}`);
      }
      if (parts.length > 1) {
        throw refuse("a number without a name is for all outputs, so it stands alone");
      }
      return data;
    }
    checkName(name, modalities, refuse, example);
    if (!to.includes(name)) throw refuse(`${name} is not among the outputs; add it to --to`);
    if (!success) throw refuse(`the number is from ${LOW} to ${HIGH}`);
    if (Object.hasOwn(scales, name)) throw refuse(`${name} has its number already`);
    scales[name] = data;
  }
  return parts.length === 0 ? undefined : scales;
}
