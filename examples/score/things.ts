/** What can play a score, and how General MIDI calls it. */
export interface ScoreThing {
  /** Its name, as captions say it. */
  readonly name: string;
  /** The programs that sound like it, the usual one first; none if only the drum kit does. */
  readonly programs: readonly number[];
  /** The keys of the drum kit (channel 10) that sound like it. */
  readonly kit: readonly number[];
}

const plays = (name: string, ...programs: number[]): ScoreThing => ({ name, programs, kit: [] });
const beats = (name: string, ...kit: number[]): ScoreThing => ({ name, programs: [], kit });

/** Everything that a score can be played by, in a fixed order: the networks count on it. */
export const SCORE_THINGS: readonly ScoreThing[] = [
  plays("piano", 0, 4),
  plays("guitar", 24, 25, 27),
  plays("violin", 40),
  plays("trumpet", 56),
  plays("saxophone", 65, 66),
  plays("accordion", 21),
  plays("banjo", 105),
  plays("flute", 73, 74),
  plays("harp", 46),
  plays("trombone", 57),
  plays("horn", 60),
  beats("drum", 38, 40, 35, 36, 41, 43, 45, 47, 48, 50),
  beats("long drum", 60, 61, 62, 63, 64),
  beats("maracas", 70, 69),
  plays("singing", 52, 53),
  plays("bell", 14),
  beats("wind chime", 84),
  plays("church organ", 19),
  plays("music box", 10),
  plays("telephone", 124),
  plays("helicopter", 125),
  { name: "applause", programs: [126], kit: [39] },
  plays("bird", 123),
  plays("sea wave", 122),
];

/**
 * The place of a thing among {@linkcode SCORE_THINGS}.
 *
 * @param name Its name.
 * @returns The place, or −1 if there is no such thing.
 */
export function placeOfThing(name: string): number {
  return SCORE_THINGS.findIndex((thing) => thing.name === name);
}
