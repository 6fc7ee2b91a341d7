import { requireScore, type Score, SCORE_SLOTS } from "./roll.ts";
import { placeOfThing, SCORE_THINGS } from "./things.ts";

/** Ticks of a quarter note, and microseconds: 120 quarter notes a minute. */
const QUARTER = { ticks: 480, microseconds: 500_000 } as const;
/** Ticks of a slot: two seconds are one bar of sixteen sixteenth notes. */
const SLOT = QUARTER.ticks / 4;
/** How long a stroke sounds at most, in slots. */
const LONGEST = 3;
/** How hard strokes are played. */
const VELOCITY = 96;

/**
 * Writes a score as a Standard MIDI File of format 0: one bar of 4/4 at 120 quarter notes a minute.
 *
 * @param score The score.
 * @param description Kept as a text event.
 * @returns The file.
 * @throws {RangeError} If the value is no score.
 */
export function writeMidi(score: Score, description?: string): Uint8Array<ArrayBuffer> {
  requireScore(score, "write");
  const { programs: [program], kit } = SCORE_THINGS[placeOfThing(score.thing)]!;
  const channel = program === undefined ? 9 : 0;
  if (program === undefined) {
    const strange = score.strokes.find(({ pitch }) => !kit.includes(pitch));
    if (strange !== undefined) {
      throw new RangeError(
        `Cannot write a score: the key "${strange.pitch}" is no "${score.thing}" of the drum kit, which are ${
          kit.join(", ")
        }`,
      );
    }
  }
  const track: number[] = [];
  let now = 0;
  const at = (tick: number, ...bytes: number[]) => {
    track.push(...variable(tick - now), ...bytes);
    now = tick;
  };
  const meta = (tick: number, type: number, content: Iterable<number>) => {
    const bytes = [...content];
    at(tick, 0xff, type, ...variable(bytes.length), ...bytes);
  };
  if (description !== undefined) meta(0, 0x01, new TextEncoder().encode(description));
  meta(0, 0x03, new TextEncoder().encode(score.thing));
  meta(0, 0x51, number(QUARTER.microseconds, 3));
  if (program !== undefined) at(0, 0xc0 | channel, program);
  score.strokes.forEach(({ slot, pitch }, index) => {
    const next = score.strokes[index + 1]?.slot ?? SCORE_SLOTS;
    at(slot * SLOT, 0x90 | channel, pitch, VELOCITY);
    at(Math.min(next, slot + LONGEST) * SLOT, 0x80 | channel, pitch, 0);
  });
  meta(SCORE_SLOTS * SLOT, 0x2f, []);
  const header = [...number(0, 2), ...number(1, 2), ...number(QUARTER.ticks, 2)];
  return Uint8Array.from([...chunk("MThd", header), ...chunk("MTrk", track)]);
}

function chunk(name: string, content: readonly number[]): number[] {
  return [...new TextEncoder().encode(name), ...number(content.length, 4), ...content];
}

/** A number of so many bytes, the highest first. */
function number(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) % 256);
}

/** A number of seven bits a byte. */
function variable(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift(rest % 128 + 128);
  }
  return bytes;
}
