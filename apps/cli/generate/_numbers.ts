import { MOST_CANDIDATES } from "@codi/core/generation";
import type { AnyModality } from "@codi/core/modality";
import type { z } from "zod";
import { decimal, whole } from "../command_line.ts";
import { checkName, refusal } from "./_beside.ts";

/** What an option takes for all outputs or for each. */
interface Numbers {
  readonly schema: z.ZodType<number, string>;
  /** What messages call such a number. */
  readonly what: string;
}

/** A guidance scale. */
export const SCALE: Numbers = { schema: decimal(0, 50), what: "number from 0 to 50" };
/** A number of candidates. */
export const CANDIDATES: Numbers = {
  schema: whole(1, MOST_CANDIDATES),
  what: `whole number from 1 to ${MOST_CANDIDATES}`,
};

/**
 * What an option such as `--guidance` says of outputs: one `NUMBER` of all, or
 * `NAME=NUMBER[,NAME=NUMBER…]` of some.
 *
 * @param option The option's name.
 * @param given Its values.
 * @param to The outputs.
 * @param modalities The installed modalities.
 * @param numbers What numbers it takes.
 * @returns The number, or that of each named output; undefined if none was given.
 * @throws {UsageError} If a value is neither.
 */
export function numbersOf(
  option: string,
  given: readonly string[],
  to: readonly string[],
  modalities: readonly AnyModality[],
  { schema, what }: Numbers = SCALE,
): number | Readonly<Record<string, number>> | undefined {
  const parts = given.flatMap((list) => list.split(",")).map((part) => part.trim());
  const example = `${to[0] ?? "image"}=4`;
  const numbers: Record<string, number> = {};
  for (const part of parts) {
    const refuse = refusal(option, part);
    const [, name, number = part] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    const { success, data } = schema.safeParse(number);
    if (name === undefined) {
      if (!success) {
        throw refuse(`it is a ${what}, or an output's own, as in ${example}`);
      }
      if (parts.length > 1) {
        throw refuse("a number without a name is for all outputs, so it stands alone");
      }
      return data;
    }
    checkName(name, modalities, refuse, example);
    if (!to.includes(name)) throw refuse(`${name} is not among the outputs; add it to --to`);
    if (!success) throw refuse(`it takes a ${what}`);
    if (Object.hasOwn(numbers, name)) throw refuse(`${name} has its number already`);
    numbers[name] = data;
  }
  return parts.length === 0 ? undefined : numbers;
}
