import {
  COLOR_WORDS,
  CONTOUR_PHRASES,
  CONTOUR_WORDS,
  NOUNS,
  NUMBERS,
  REGISTER_PHRASES,
  REGISTER_WORDS,
  TIMES,
} from "./_lexicon.ts";
import { BACKGROUNDS, BARE_BACKGROUNDS, EVENTS, factorOf, partsOf } from "./_patterns.ts";
import type { CaptionFactors, FactorName } from "./factors.ts";
import { STROKE_COUNTS } from "./rhythms.ts";
import { THING_NAMES } from "./things.ts";

type Value = string | number;

const table = (words: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, Value> =>
  new Map(Object.entries(words).flatMap(([value, all]) => all.map((text) => [text, value])));

const counts = (words: typeof NUMBERS): ReadonlyMap<string, Value> =>
  new Map(STROKE_COUNTS.flatMap((value) => words[value].map((text) => [text, value])));

const nouns = (form: "phrase" | "word"): ReadonlyMap<string, Value> =>
  new Map(THING_NAMES.flatMap((value) => NOUNS[value].map((noun) => [noun[form], value])));

const literals = (...words: string[]): ReadonlyMap<string, Value> =>
  new Map(words.map((text) => [text, text]));

/** What can stand in each slot, and what it means. */
const SLOTS: Readonly<Record<string, ReadonlyMap<string, Value>>> = {
  a: nouns("phrase"),
  T: nouns("word"),
  n: counts(NUMBERS),
  x: counts(TIMES),
  c: table(CONTOUR_WORDS),
  cc: table(CONTOUR_PHRASES),
  r: table(REGISTER_WORDS),
  rr: table(REGISTER_PHRASES),
  k: table(COLOR_WORDS),
  u: literals("note", "notes", "sound", "sounds", "stroke", "strokes", "hit", "hits"),
  us: literals("notes", "sounds", "strokes", "hits"),
  V: literals("playing", "making"),
  Vs: literals("play", "plays", "make", "makes"),
  do: literals("playing", "sounding"),
  does: literals("play", "plays", "sound", "sounds"),
};

interface Matcher {
  readonly expression: RegExp;
  /** The slot behind each capture group. */
  readonly slots: readonly string[];
}

/** Lower case, single spaces, no commas, no final period, and "a" for "an". */
function normalize(text: string): string {
  return text.toLowerCase().replace(/[,.]/g, " ").replace(/\ban\b/g, "a").replace(/\s+/g, " ")
    .trim();
}

function matcher(pattern: string): Matcher {
  const slots: string[] = [];
  const source = partsOf(pattern).map(({ text, slot }) => {
    if (!slot) return text.replace(",", "");
    slots.push(text);
    const words = SLOTS[text];
    return words === undefined ? "(.+)" : `(${[...words.keys()].join("|")})`;
  });
  return { expression: new RegExp(`^${source.join("")}$`), slots };
}

const EVENT_MATCHERS = EVENTS.map(matcher);
const BACKGROUND_MATCHERS = BACKGROUNDS.map(matcher);
const BARE_MATCHERS = BARE_BACKGROUNDS.map(matcher);

type Found = Partial<Record<FactorName, Value>>;

/** Matches the text against a pattern; slots in doubt are resolved by trying every pattern. */
function match({ expression, slots }: Matcher, text: string): [Found, string] | undefined {
  const groups = expression.exec(text);
  if (groups === null) return undefined;
  const found: Found = {};
  let rest = "";
  slots.forEach((slot, i) => {
    const factor = factorOf(slot);
    if (slot === "e") rest = groups[i + 1]!;
    if (factor !== undefined) found[factor] = SLOTS[slot]!.get(groups[i + 1]!)!;
  });
  return [found, rest];
}

function matchEvent(text: string): Found | undefined {
  for (const one of EVENT_MATCHERS) {
    const matched = match(one, text);
    if (matched !== undefined) return matched[0];
  }
  return undefined;
}

function matchCaption(text: string): Found | undefined {
  for (const one of BARE_MATCHERS) {
    const matched = match(one, text);
    if (matched !== undefined) return matched[0];
  }
  for (const one of BACKGROUND_MATCHERS) {
    const matched = match(one, text);
    const event = matched && matchEvent(matched[1]);
    if (matched && event) return { ...event, ...matched[0] };
  }
  return matchEvent(text);
}

/**
 * Reads what a caption says: the inverse of {@linkcode caption}, for text in its grammar. It reports
 * what is said, not what is true: "three rising drum hits" parses, although drums have no contour.
 * Upper and lower case, commas, final periods and "a" or "an" make no difference.
 *
 * @param text The caption.
 * @returns The value of each factor, undefined where it is not mentioned; or undefined if the text
 * is not in the grammar.
 *
 * @example Reading a caption
 * ```ts
 * import { parseCaption } from "@codi/band";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseCaption("Three rising sax notes on a blue background."), {
 *   thing: "saxophone",
 *   color: "blue",
 *   count: 3,
 *   contour: "rising",
 *   register: undefined,
 * });
 * assertEquals(parseCaption("three three notes"), undefined);
 * ```
 */
export function parseCaption(text: string): CaptionFactors | undefined {
  const found = matchCaption(normalize(text));
  if (found === undefined) return undefined;
  const { thing, color, count, contour, register } = found;
  // Each value comes from the table of its factor's slot.
  return { thing, color, count, contour, register } as CaptionFactors;
}

/**
 * Every word that captions are made of, as the parser reads them: lower case, without punctuation.
 *
 * @returns The words in alphabetical order.
 */
export function captionWords(): readonly string[] {
  const words = new Set<string>(["an"]);
  const add = (text: string) => text.split(/[\s,]+/).forEach((word) => word && words.add(word));
  for (const pattern of [...EVENTS, ...BACKGROUNDS, ...BARE_BACKGROUNDS]) {
    for (const { text, slot } of partsOf(pattern)) if (!slot) add(text);
  }
  for (const slot of Object.values(SLOTS)) for (const text of slot.keys()) add(text);
  return [...words].sort();
}
