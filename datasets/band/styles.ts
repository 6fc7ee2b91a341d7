import { THING_NAMES, type ThingName } from "./things.ts";

/** An art set whose drawings may be trained on. */
export type TrainingStyle =
  | "noto"
  | "noto-v1"
  | "twemoji"
  | "fluent-emoji-flat"
  | "emojione"
  | "fxemoji"
  | "streamline-emojis";

/** An art set that only tests show: share-alike, and never trained on. */
export type UnseenStyle = "openmoji" | "emojione-v1";

/** The name of an art set: a style of drawing. */
export type StyleName = TrainingStyle | UnseenStyle;

/** An art set as npm holds it, in the package `@iconify-json/<name>`. */
export interface Style {
  /** Its name. */
  readonly name: StyleName;
  /** The pinned version of the package. */
  readonly version: string;
  /** The licence of the drawings, as an SPDX identifier. */
  readonly licence: string;
  /** Whether its drawings may be trained on. */
  readonly training: boolean;
}

/**
 * The nine art sets. One-coloured silhouettes and the shaded twin of `fluent-emoji-flat` are left out:
 * the former pull pictures towards dark specks, the latter has the same drawings.
 */
export const STYLES: readonly Style[] = [
  { name: "noto", version: "1.2.9", licence: "Apache-2.0", training: true },
  { name: "noto-v1", version: "1.2.5", licence: "Apache-2.0", training: true },
  { name: "twemoji", version: "1.2.5", licence: "CC-BY-4.0", training: true },
  { name: "fluent-emoji-flat", version: "1.2.6", licence: "MIT", training: true },
  { name: "emojione", version: "1.2.3", licence: "CC-BY-4.0", training: true },
  { name: "fxemoji", version: "1.2.2", licence: "Apache-2.0", training: true },
  { name: "streamline-emojis", version: "1.2.4", licence: "CC-BY-4.0", training: true },
  { name: "openmoji", version: "1.2.29", licence: "CC-BY-SA-4.0", training: false },
  { name: "emojione-v1", version: "1.2.3", licence: "CC-BY-SA-4.0", training: false },
];

/** The seven art sets used in training. */
export const TRAINING_STYLES: readonly TrainingStyle[] = [
  "noto",
  "noto-v1",
  "twemoji",
  "fluent-emoji-flat",
  "emojione",
  "fxemoji",
  "streamline-emojis",
];

/** The two art sets kept for testing. */
export const UNSEEN_STYLES: readonly UnseenStyle[] = ["openmoji", "emojione-v1"];

/** The Unicode short name under which most sets hold each thing's drawing. */
const ICONS: Readonly<Record<ThingName, string>> = {
  piano: "musical-keyboard",
  guitar: "guitar",
  violin: "violin",
  trumpet: "trumpet",
  saxophone: "saxophone",
  accordion: "accordion",
  banjo: "banjo",
  flute: "flute",
  harp: "harp",
  trombone: "trombone",
  horn: "postal-horn",
  drum: "drum",
  "long drum": "long-drum",
  maracas: "maracas",
  singing: "microphone",
  bell: "bell",
  "wind chime": "wind-chime",
  "church organ": "church",
  "music box": "carousel-horse",
  telephone: "telephone",
  helicopter: "helicopter",
  applause: "clapping-hands",
  bird: "bird",
  "sea wave": "water-wave",
};

const NEWER: readonly ThingName[] = ["accordion", "banjo", "flute", "long drum", "maracas"];
const NEWEST: readonly ThingName[] = ["harp", "trombone"];

/**
 * What a set does not draw, or holds under another name. Three sets draw the carousel horse inside a
 * blue panel, which would pass for a background: those are left out.
 */
const EXCEPTIONS: Readonly<
  Record<StyleName, { missing: readonly ThingName[]; renamed?: Partial<Record<ThingName, string>> }>
> = {
  noto: { missing: [] },
  "noto-v1": { missing: [...NEWER, ...NEWEST] },
  twemoji: { missing: [] },
  "fluent-emoji-flat": { missing: [...NEWEST] },
  emojione: { missing: [...NEWER, ...NEWEST] },
  fxemoji: {
    missing: [...NEWER, ...NEWEST, "drum", "music box"],
    renamed: {
      piano: "musicalkeyboard",
      horn: "postalhorn",
      "wind chime": "windchime",
      telephone: "blacktelephone",
      applause: "clap",
      "sea wave": "wave",
    },
  },
  "streamline-emojis": {
    missing: [...NEWER, ...NEWEST, "drum", "horn", "wind chime", "church organ", "music box"],
    renamed: { applause: "clapping-hands-1", bird: "bird-1" },
  },
  openmoji: { missing: [] },
  "emojione-v1": { missing: [...NEWER, ...NEWEST, "drum", "music box"] },
};

/**
 * The icon under which an art set holds a thing's drawing.
 *
 * @param thing The thing.
 * @param style The art set.
 * @returns The icon's name in the set's package, or undefined if the set does not draw the thing.
 */
export function iconOf(thing: ThingName, style: StyleName): string | undefined {
  const { missing, renamed } = EXCEPTIONS[style];
  return missing.includes(thing) ? undefined : renamed?.[thing] ?? ICONS[thing];
}

const STYLES_OF: ReadonlyMap<string, readonly StyleName[]> = new Map(
  THING_NAMES.map((thing) => [
    thing,
    STYLES.map((style) => style.name).filter((style) => iconOf(thing, style) !== undefined),
  ]),
);

/**
 * The art sets that draw a thing.
 *
 * @param thing The thing.
 * @returns Their names, in the order of {@linkcode STYLES}.
 */
export function stylesOf(thing: ThingName): readonly StyleName[] {
  return STYLES_OF.get(thing) ?? [];
}
