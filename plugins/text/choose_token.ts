import { checkSettings, type DecodeSetting } from "@codi/core/modality";

/** How the next token is chosen. */
export interface ChoiceOptions {
  /** 0 for the most probable token; larger for more variety. */
  readonly temperature: number;
  /** The most probable tokens that together reach this probability are drawn from. */
  readonly topP: number;
}

/** The settings of decoding. */
export const CHOICE_SETTINGS: Readonly<Record<"temperature" | "topP", DecodeSetting>> = {
  temperature: {
    takes: "a number from 0",
    accepts: (value) => numberOf(value) >= 0 && Number.isFinite(numberOf(value)),
  },
  topP: {
    takes: "a number above 0, to 1",
    accepts: (value) => numberOf(value) > 0 && numberOf(value) <= 1,
  },
};

/**
 * Settings of decoding as a caller gives them.
 *
 * @param settings `temperature` from 0, 0 unless given; `topP` above 0 to 1, 1 unless given.
 * @returns The settings as numbers.
 * @throws {RangeError} If one is unknown or out of range.
 */
export function choiceOptions(
  settings: Readonly<Record<string, string | number>> = {},
): ChoiceOptions {
  checkSettings("text", CHOICE_SETTINGS, settings);
  const { temperature = 0, topP = 1 } = settings;
  return { temperature: numberOf(temperature), topP: numberOf(topP) };
}

/** The number a setting says; NaN if it says none. */
function numberOf(setting: string | number): number {
  return setting === "" ? NaN : Number(setting);
}

/**
 * Chooses a token: the most probable one, or one drawn from the nucleus of the most probable ones
 * (Holtzman et al., 2020, section 3.1).
 *
 * @param logits One per token.
 * @param options Temperature and nucleus.
 * @param uniform A random number in [0, 1).
 * @returns The token's number.
 */
export function chooseToken(
  logits: Float32Array,
  { temperature, topP }: ChoiceOptions,
  uniform: number,
): number {
  let best = 0;
  logits.forEach((logit, token) => best = logit > logits[best]! ? token : best);
  if (temperature === 0) return best;
  const odds = Float64Array.from(
    logits,
    (logit) => Math.exp((logit - logits[best]!) / temperature),
  );
  const total = odds.reduce((a, b) => a + b);
  const ranked = Array.from(odds.keys()).sort((a, b) => odds[b]! - odds[a]!);
  let reached = 0;
  const count = ranked.findIndex((token) => (reached += odds[token]!) >= topP * total) + 1;
  const nucleus = count === 0 ? ranked : ranked.slice(0, count);
  let rest = uniform * nucleus.reduce((sum, token) => sum + odds[token]!, 0);
  return nucleus.find((token) => (rest -= odds[token]!) < 0) ?? nucleus.at(-1)!;
}
