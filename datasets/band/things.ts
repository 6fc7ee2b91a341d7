/** The name of a thing that can be seen and heard. */
export type ThingName =
  | "piano"
  | "guitar"
  | "violin"
  | "trumpet"
  | "saxophone"
  | "accordion"
  | "banjo"
  | "flute"
  | "harp"
  | "trombone"
  | "horn"
  | "drum"
  | "long drum"
  | "maracas"
  | "singing"
  | "bell"
  | "wind chime"
  | "church organ"
  | "music box"
  | "telephone"
  | "helicopter"
  | "applause"
  | "bird"
  | "sea wave";

/** How a thing is played, in terms of the General MIDI sound bank. */
export interface ThingSound {
  /** `[bank, program]` pairs, any of which fits the drawing; none if only drum keys sound like it. */
  readonly programs: readonly (readonly [bank: number, program: number])[];
  /** The lowest and highest usable MIDI key of the programs; undefined without programs. */
  readonly keys: readonly [low: number, high: number] | undefined;
  /** Keys of the drum kit (channel 9) that sound like it. */
  readonly drumKeys: readonly number[];
}

/** A thing of the band: it has a drawing in several art sets and a sound. */
export interface Thing {
  /** Its name. Captions use it and synonyms of it. */
  readonly name: ThingName;
  /** Its Unicode code point in hexadecimal. */
  readonly codepoint: string;
  /** Whether its notes have a pitch, so that contour and register mean something. */
  readonly pitched: boolean;
  /** How it is played. */
  readonly sound: ThingSound;
}

/** The 24 things, in a fixed order. */
export const THINGS: readonly Thing[] = [
  {
    name: "piano",
    codepoint: "1f3b9",
    pitched: true,
    sound: {
      programs: [[0, 0], [0, 4]],
      keys: [36, 84],
      drumKeys: [],
    },
  },
  {
    name: "guitar",
    codepoint: "1f3b8",
    pitched: true,
    sound: {
      programs: [[0, 24], [0, 25], [0, 27]],
      keys: [40, 76],
      drumKeys: [],
    },
  },
  {
    name: "violin",
    codepoint: "1f3bb",
    pitched: true,
    sound: {
      programs: [[0, 40]],
      keys: [55, 88],
      drumKeys: [],
    },
  },
  {
    name: "trumpet",
    codepoint: "1f3ba",
    pitched: true,
    sound: {
      programs: [[0, 56]],
      keys: [54, 79],
      drumKeys: [],
    },
  },
  {
    name: "saxophone",
    codepoint: "1f3b7",
    pitched: true,
    sound: {
      programs: [[0, 65], [0, 66]],
      keys: [46, 76],
      drumKeys: [],
    },
  },
  {
    name: "accordion",
    codepoint: "1fa97",
    pitched: true,
    sound: {
      programs: [[0, 21], [8, 21]],
      keys: [53, 84],
      drumKeys: [],
    },
  },
  {
    name: "banjo",
    codepoint: "1fa95",
    pitched: true,
    sound: {
      programs: [[0, 105]],
      keys: [48, 76],
      drumKeys: [],
    },
  },
  {
    name: "flute",
    codepoint: "1fa88",
    pitched: true,
    sound: {
      programs: [[0, 73], [0, 74]],
      keys: [60, 91],
      drumKeys: [],
    },
  },
  {
    name: "harp",
    codepoint: "1fa89",
    pitched: true,
    sound: {
      programs: [[0, 46]],
      keys: [36, 84],
      drumKeys: [],
    },
  },
  {
    name: "trombone",
    codepoint: "1fa8a",
    pitched: true,
    sound: {
      programs: [[0, 57]],
      keys: [40, 67],
      drumKeys: [],
    },
  },
  {
    name: "horn",
    codepoint: "1f4ef",
    pitched: true,
    sound: {
      programs: [[0, 60]],
      keys: [41, 72],
      drumKeys: [],
    },
  },
  {
    name: "drum",
    codepoint: "1f941",
    pitched: false,
    sound: {
      programs: [],
      keys: undefined,
      drumKeys: [38, 40, 35, 36, 41, 43, 45, 47, 48, 50],
    },
  },
  {
    name: "long drum",
    codepoint: "1fa98",
    pitched: false,
    sound: {
      programs: [],
      keys: undefined,
      drumKeys: [60, 61, 62, 63, 64],
    },
  },
  {
    name: "maracas",
    codepoint: "1fa87",
    pitched: false,
    sound: {
      programs: [],
      keys: undefined,
      drumKeys: [70, 69],
    },
  },
  {
    name: "singing",
    codepoint: "1f3a4",
    pitched: true,
    sound: {
      programs: [[0, 52], [0, 53]],
      keys: [48, 74],
      drumKeys: [],
    },
  },
  {
    name: "bell",
    codepoint: "1f514",
    pitched: true,
    sound: {
      programs: [[8, 14], [0, 14]],
      keys: [55, 79],
      drumKeys: [],
    },
  },
  {
    name: "wind chime",
    codepoint: "1f390",
    pitched: false,
    sound: {
      programs: [],
      keys: undefined,
      drumKeys: [84],
    },
  },
  {
    name: "church organ",
    codepoint: "26ea",
    pitched: true,
    sound: {
      programs: [[0, 19]],
      keys: [36, 84],
      drumKeys: [],
    },
  },
  {
    name: "music box",
    codepoint: "1f3a0",
    pitched: true,
    sound: {
      programs: [[0, 10]],
      keys: [60, 90],
      drumKeys: [],
    },
  },
  {
    name: "telephone",
    codepoint: "260e",
    pitched: false,
    sound: {
      programs: [[0, 124]],
      keys: [54, 66],
      drumKeys: [],
    },
  },
  {
    name: "helicopter",
    codepoint: "1f681",
    pitched: false,
    sound: {
      programs: [[0, 125]],
      keys: [54, 66],
      drumKeys: [],
    },
  },
  {
    name: "applause",
    codepoint: "1f44f",
    pitched: false,
    sound: {
      programs: [[0, 126]],
      keys: [56, 64],
      drumKeys: [39],
    },
  },
  {
    name: "bird",
    codepoint: "1f426",
    pitched: false,
    sound: {
      programs: [[0, 123]],
      keys: [52, 72],
      drumKeys: [],
    },
  },
  {
    name: "sea wave",
    codepoint: "1f30a",
    pitched: false,
    sound: {
      programs: [[0, 122]],
      keys: [54, 66],
      drumKeys: [],
    },
  },
];

/** The names of the 24 things, in the order of {@linkcode THINGS}. */
export const THING_NAMES: readonly ThingName[] = THINGS.map((thing) => thing.name);

const BY_NAME: ReadonlyMap<string, Thing> = new Map(THINGS.map((thing) => [thing.name, thing]));

/**
 * Looks a thing up by its name.
 *
 * @param name The thing's name.
 * @returns The thing.
 * @throws {RangeError} If the band has no such thing.
 */
export function thingOf(name: ThingName): Thing {
  const thing = BY_NAME.get(name);
  if (thing === undefined) {
    throw new RangeError(`Cannot find thing "${name}": it is not one of ${THING_NAMES.join(", ")}`);
  }
  return thing;
}
