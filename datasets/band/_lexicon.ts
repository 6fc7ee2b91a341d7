import type { ColorName } from "./colors.ts";
import type { Contour } from "./held_out.ts";
import type { StrokeCount } from "./rhythms.ts";
import type { Register } from "./scene.ts";
import type { ThingName } from "./things.ts";

/** One way to name a thing. */
export interface Noun {
  /** With its article, where it takes one: "a trumpet", "maracas"; "a" turns into "an" by itself. */
  readonly phrase: string;
  /** Before another noun: "trumpet" in "three trumpet notes". */
  readonly word: string;
  /** Whether verbs after the phrase are plural. */
  readonly plural: boolean;
}

const one = (word: string): Noun => ({ phrase: `a ${word}`, word, plural: false });
const mass = (word: string): Noun => ({ phrase: word, word, plural: false });
const many = (phrase: string, word: string): Noun => ({ phrase, word, plural: true });

/** The nouns for each thing, the usual one first. None is used for two things. */
export const NOUNS: Readonly<Record<ThingName, readonly Noun[]>> = {
  "piano": [one("piano"), one("keyboard")],
  "guitar": [one("guitar")],
  "violin": [one("violin"), one("fiddle")],
  "trumpet": [one("trumpet")],
  "saxophone": [one("saxophone"), one("sax")],
  "accordion": [one("accordion"), one("squeezebox")],
  "banjo": [one("banjo")],
  "flute": [one("flute")],
  "harp": [one("harp")],
  "trombone": [one("trombone")],
  "horn": [one("horn"), one("post horn")],
  "drum": [one("drum"), one("snare drum")],
  "long drum": [one("long drum"), one("hand drum")],
  "maracas": [many("maracas", "maraca"), many("a pair of maracas", "maraca")],
  "singing": [one("singing voice"), one("microphone"), one("singer")],
  "bell": [one("bell")],
  "wind chime": [one("wind chime"), one("chime")],
  "church organ": [one("church organ"), one("church"), one("organ")],
  "music box": [one("music box"), one("carousel")],
  "telephone": [one("telephone"), one("phone")],
  "helicopter": [one("helicopter"), one("chopper")],
  "applause": [mass("applause"), many("clapping hands", "clapping")],
  "bird": [one("bird"), one("songbird")],
  "sea wave": [one("sea wave"), one("wave"), one("ocean wave")],
};

/** The words for each colour, the usual one first. */
export const COLOR_WORDS: Readonly<Record<ColorName, readonly string[]>> = {
  red: ["red", "crimson", "scarlet"],
  orange: ["orange", "tangerine"],
  yellow: ["yellow", "lemon"],
  green: ["green", "emerald"],
  blue: ["blue", "azure"],
  purple: ["purple", "violet"],
  pink: ["pink", "rose"],
  gray: ["gray", "grey"],
};

/** Numbers before a noun. */
export const NUMBERS: Readonly<Record<StrokeCount, readonly string[]>> = {
  1: ["one", "a single", "1", "just one"],
  2: ["two", "2"],
  3: ["three", "3"],
  4: ["four", "4"],
};

/** How often something happens. */
export const TIMES: Readonly<Record<StrokeCount, readonly string[]>> = {
  1: ["once", "one time", "just once"],
  2: ["twice", "two times", "2 times"],
  3: ["three times", "thrice", "3 times"],
  4: ["four times", "4 times"],
};

/** Contours before a noun. */
export const CONTOUR_WORDS: Readonly<Record<Contour, readonly string[]>> = {
  steady: ["steady", "level", "even"],
  rising: ["rising", "ascending", "climbing"],
  falling: ["falling", "descending", "sinking"],
};

/** Contours after a noun. */
export const CONTOUR_PHRASES: Readonly<Record<Contour, readonly string[]>> = {
  steady: ["staying level", "staying on one pitch", "at a steady pitch"],
  rising: ["going up", "moving upwards", "climbing higher"],
  falling: ["going down", "moving downwards", "sinking lower"],
};

/** Registers before a noun. */
export const REGISTER_WORDS: Readonly<Record<Register, readonly string[]>> = {
  low: ["low", "deep", "low pitched"],
  middle: ["middle", "medium", "mid range"],
  high: ["high", "treble", "high pitched"],
};

/** Registers after a noun. */
export const REGISTER_PHRASES: Readonly<Record<Register, readonly string[]>> = {
  low: ["in a low register", "in the low range", "down low"],
  middle: ["in a middle register", "in the middle range", "at medium height"],
  high: ["in a high register", "in the high range", "up high"],
};

/** Things whose strokes can be called hits and strokes; those of the others are sounds. */
export const STRUCK: readonly ThingName[] = ["drum", "long drum", "maracas", "wind chime"];
