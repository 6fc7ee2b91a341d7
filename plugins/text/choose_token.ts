import { checkSettings, type DecodeSetting } from "@codi/core/modality";

/** How the next token is chosen. */
export interface ChoiceOptions {
  /** 0 for the most probable token; larger for more variety. */
  readonly temperature: number;
  /** The most probable tokens that together reach this probability are drawn from. */
  readonly topP: number;
  /** How many beginnings of a sentence are kept at once; 1 with a temperature. */
  readonly beams: number;
}

/** The most beginnings of a sentence that are kept at once. */
const MOST_BEAMS = 16;
/** How many are, unless told otherwise. */
const BEAMS = 4;

/** The settings of decoding. */
export const CHOICE_SETTINGS: Readonly<Record<keyof ChoiceOptions, DecodeSetting>> = {
  temperature: {
    takes: "a number from 0",
    accepts: (value) => numberOf(value) >= 0 && Number.isFinite(numberOf(value)),
  },
  topP: {
    takes: "a number above 0, to 1",
    accepts: (value) => numberOf(value) > 0 && numberOf(value) <= 1,
  },
  beams: {
    takes: `a whole number from 1 to ${MOST_BEAMS}`,
    accepts: (value) =>
      Number.isInteger(numberOf(value)) && numberOf(value) >= 1 && numberOf(value) <= MOST_BEAMS,
  },
};

/**
 * Settings of decoding as a caller gives them.
 *
 * @param settings `temperature` from 0, 0 unless given; `topP` above 0 to 1, 1 unless given; `beams`
 * from 1 to 16, 4 unless given, which count at temperature 0 alone.
 * @returns The settings as numbers.
 * @throws {RangeError} If one is unknown or out of range.
 */
export function choiceOptions(
  settings: Readonly<Record<string, string | number>> = {},
): ChoiceOptions {
  checkSettings("text", CHOICE_SETTINGS, settings);
  const { temperature = 0, topP = 1, beams = BEAMS } = settings;
  const warmth = numberOf(temperature);
  return { temperature: warmth, topP: numberOf(topP), beams: warmth === 0 ? numberOf(beams) : 1 };
}

/** The number a setting says; NaN if it says none. */
function numberOf(setting: string | number): number {
  return setting === "" ? NaN : Number(setting);
}

/** A token that may come next. */
export interface Continuation {
  readonly token: number;
  readonly logProbability: number;
}

/**
 * The tokens that a sentence may go on with: the most probable ones, or with a temperature a single one,
 * drawn from the nucleus of the most probable ones (Holtzman et al., 2020, section 3.1).
 *
 * @param logits One per token.
 * @param options Temperature, nucleus, and how many tokens.
 * @param uniform A random number in [0, 1).
 * @returns At most `beams` tokens, the most probable first.
 */
export function continuations(
  logits: Float32Array,
  options: ChoiceOptions,
  uniform: number,
): Continuation[] {
  const ranked = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]!);
  const most = logits[ranked[0]!]!;
  const total = most + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
  const chosen = options.temperature === 0
    ? ranked.slice(0, options.beams)
    : [drawToken(logits, ranked, options, uniform)];
  return chosen.map((token) => ({ token, logProbability: logits[token]! - total }));
}

/** A token of the nucleus of some that stand in order. */
function drawToken(
  logits: Float32Array,
  ranked: readonly number[],
  { temperature, topP }: ChoiceOptions,
  uniform: number,
): number {
  const most = logits[ranked[0]!]!;
  const odds = Float64Array.from(logits, (logit) => Math.exp((logit - most) / temperature));
  const total = odds.reduce((a, b) => a + b);
  let reached = 0;
  const count = ranked.findIndex((token) => (reached += odds[token]!) >= topP * total) + 1;
  const nucleus = count === 0 ? ranked : ranked.slice(0, count);
  let rest = uniform * nucleus.reduce((sum, token) => sum + odds[token]!, 0);
  return nucleus.find((token) => (rest -= odds[token]!) < 0) ?? nucleus.at(-1)!;
}
