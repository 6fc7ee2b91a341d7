import { type Random, random } from "@codi/core/random";
import {
  COLOR_WORDS,
  CONTOUR_PHRASES,
  CONTOUR_WORDS,
  type Noun,
  NOUNS,
  NUMBERS,
  REGISTER_PHRASES,
  REGISTER_WORDS,
  STRUCK,
  TIMES,
} from "./_lexicon.ts";
import {
  BACKGROUNDS,
  BARE_BACKGROUNDS,
  EVENTS_BY_FACTORS,
  type Part,
  partsOf,
  setKey,
} from "./_patterns.ts";
import {
  type CaptionFactors,
  FACTOR_NAMES,
  type FactorName,
  mentioned,
  mentionOf,
} from "./factors.ts";
import type { Scene } from "./scene.ts";
import { thingOf } from "./things.ts";

/** How probable it is that a caption mentions the thing. */
export const THING_MENTION = 0.96;

/** How probable it is that a caption mentions each other factor that means something in its scene. */
export const FACTOR_MENTION = 0.6;

/** The most words a caption can have. */
export const CAPTION_WORDS = 24;

/** How a scene is put into words. */
export interface CaptionOptions {
  /**
   * Which of any number of captions: equal numbers give equal captions, and the wording does not
   * depend on the mention beyond what it must.
   *
   * @default {0}
   */
  readonly wording?: number;
  /**
   * Exactly which factors to mention; those that mean nothing in the scene drop out. Left out, the
   * thing is mentioned in 96 % of captions and each other factor in 60 %.
   *
   * @default {undefined}
   */
  readonly mention?: readonly FactorName[] | undefined;
}

/** A caption and what it says. */
export interface Caption {
  /** The caption. */
  readonly text: string;
  /** The values of the mentioned factors; the others are undefined. */
  readonly factors: CaptionFactors;
}

/** The first choice twice as often as all others together. */
function word<T>(stream: Random, choices: readonly T[]): T {
  const usual = stream.uniform() < 2 / 3;
  const other = stream.integer(choices.length);
  return choices[usual ? 0 : other]!;
}

const parsed = new Map<string, readonly Part[]>();

function parts(pattern: string): readonly Part[] {
  let known = parsed.get(pattern);
  if (known === undefined) parsed.set(pattern, known = partsOf(pattern));
  return known;
}

/** Fills the slots of a pattern. */
function fill(pattern: string, values: (slot: string) => string): string {
  let text = "";
  for (const part of parts(pattern)) text += part.slot ? values(part.text) : part.text;
  return text;
}

/** The words for strokes in the scene, singular. */
function unit(scene: Scene, stream: Random, named: boolean): string {
  const rank = stream.uniform();
  if (thingOf(scene.thing).pitched) return "note";
  if (named && !STRUCK.includes(scene.thing)) return "sound";
  return ["sound", "stroke", "hit"][Math.floor(3 * rank)]!;
}

function event(scene: Scene, factors: CaptionFactors, stream: Random): string {
  const { thing, count, contour, register } = factors;
  const pattern = stream.choice(
    EVENTS_BY_FACTORS.get(setKey(mentionOf({ ...factors, color: undefined })))!,
  );
  const { pitched } = thingOf(scene.thing);
  const noun: Noun | undefined = thing && word(stream, NOUNS[thing]);
  const stroke = unit(scene, stream, thing !== undefined);
  const verb = pitched ? "play" : "make";
  const intransitive = pitched ? "play" : "sound";
  const s = noun?.plural ? "" : "s";
  return fill(pattern, (slot) => {
    switch (slot) {
      case "a":
        return noun!.phrase;
      case "T":
        return noun!.word;
      case "n":
        return word(stream, NUMBERS[count!]);
      case "x":
        return word(stream, TIMES[count!]);
      case "c":
        return word(stream, CONTOUR_WORDS[contour!]);
      case "cc":
        return word(stream, CONTOUR_PHRASES[contour!]);
      case "r":
        return word(stream, REGISTER_WORDS[register!]);
      case "rr":
        return word(stream, REGISTER_PHRASES[register!]);
      case "u":
        return count === 1 ? stroke : `${stroke}s`;
      case "us":
        return `${stroke}s`;
      case "V":
        return pitched ? "playing" : "making";
      case "Vs":
        return verb + s;
      case "do":
        return `${intransitive}ing`;
      case "does":
        return intransitive + s;
      default:
        throw new RangeError(`Cannot fill slot "${slot}": there is none of that name`);
    }
  });
}

function choose(scene: Scene, wording: number): readonly FactorName[] {
  return FACTOR_NAMES.filter((name) =>
    random("caption", scene.seed, scene.split, scene.index, wording, name).uniform() <
      (name === "thing" ? THING_MENTION : FACTOR_MENTION)
  );
}

/**
 * A caption of a scene, with what it says. It depends on nothing but the arguments. A caption that
 * would mention nothing mentions the thing; forced to mention nothing, it says "something".
 *
 * @param scene The scene.
 * @param options Which wording, and which factors to mention.
 * @returns The caption of at most 24 words and the factors it mentions.
 *
 * @example Two partial captions of one scene
 * ```ts
 * import { captionWithFactors, scene } from "@codi/band";
 * import { assertEquals } from "@std/assert";
 *
 * const one = scene("train", 4, { things: ["trumpet"] });
 * const { text, factors } = captionWithFactors(one, { mention: ["thing", "color"] });
 * assertEquals(text.toLowerCase().includes("trumpet"), true);
 * assertEquals([factors.thing, factors.color, factors.count], ["trumpet", one.color, undefined]);
 * ```
 */
export function captionWithFactors(scene: Scene, options: CaptionOptions = {}): Caption {
  const { wording = 0, mention } = options;
  let factors = mentioned(scene, mention ?? choose(scene, wording));
  if (mention === undefined && mentionOf(factors).length === 0) {
    factors = mentioned(scene, ["thing"]);
  }
  const stream = random("caption", scene.seed, scene.split, scene.index, wording, "words");
  const style = random("caption", scene.seed, scene.split, scene.index, wording, "style");

  let text: string;
  if (factors.color === undefined) {
    text = event(scene, factors, stream);
  } else {
    const color = word(stream, COLOR_WORDS[factors.color]);
    const bare = mentionOf(factors).length === 1 && stream.uniform() < 0.7;
    const pattern = stream.choice(bare ? BARE_BACKGROUNDS : BACKGROUNDS);
    text = fill(pattern, (slot) => slot === "k" ? color : event(scene, factors, stream));
  }
  text = text.replace(/\ba (?=[aeiou](?!ne\b))/g, "an ");
  if (style.uniform() < 0.5) text = text[0]!.toUpperCase() + text.slice(1);
  if (style.uniform() < 0.4) text += ".";
  return { text, factors };
}

/**
 * A caption of a scene: {@linkcode captionWithFactors} without the factors.
 *
 * @param scene The scene.
 * @param options Which wording, and which factors to mention.
 * @returns The caption.
 */
export function caption(scene: Scene, options: CaptionOptions = {}): string {
  return captionWithFactors(scene, options).text;
}
