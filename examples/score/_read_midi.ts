import { type Score, SCORE_SLOTS } from "./roll.ts";
import { SCORE_THINGS } from "./things.ts";

/** What is read at most. */
const LIMIT = 1_000_000;
/** Slots a second. */
const RATE = 8;
/** The channel of the drum kit, from 0. */
const KIT = 9;
/** Microseconds of a quarter note where a file names no tempo. */
const USUAL_TEMPO = 500_000;

/** What happens in a file that a score is made of. */
type MidiEvent =
  & { readonly tick: number }
  & (
    | { readonly kind: "tempo"; readonly microseconds: number }
    | { readonly kind: "program"; readonly channel: number; readonly program: number }
    | { readonly kind: "note"; readonly channel: number; readonly key: number }
  );

/** Events of one tick happen in this order, whatever tracks they stand in. */
const ORDER = { tempo: 0, program: 1, note: 2 };

/** The error of a file that cannot be read. */
function unreadable(reason: string): SyntaxError {
  return new SyntaxError(`Cannot read a score: ${reason}`);
}

/** Bytes one after the other; the end is an error. */
class Reader {
  #at = 0;
  readonly #bytes: Uint8Array;
  readonly #what: string;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw unreadable(`${this.#what} is cut short`);
    return this.#bytes.subarray(this.#at, this.#at += length);
  }

  number(bytes: number): number {
    return this.take(bytes).reduce((value, byte) => value * 256 + byte, 0);
  }

  /** Seven bits a byte, the first of them set where more follow; four bytes at most. */
  variable(): number {
    let value = 0;
    for (let count = 0; count < 4; count++) {
      const byte = this.number(1);
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    throw unreadable(`a number of ${this.#what} is longer than four bytes`);
  }

  /** A byte of an event's data. */
  data(): number {
    const byte = this.number(1);
    if (byte >= 0x80) throw unreadable(`${this.#what} has the status byte ${byte} among data`);
    return byte;
  }

  /** Whether a status byte comes next; if not, the last one still holds. */
  status(running: number | undefined): number {
    const byte = this.#bytes[this.#at];
    if (byte !== undefined && byte >= 0x80) return this.number(1);
    if (running === undefined) throw unreadable(`${this.#what} has data before any status byte`);
    return running;
  }
}

/**
 * Reads a Standard MIDI File (MIDI 1.0, RP-001) of format 0 or 1 as a score: what begins in its first two
 * seconds, each note at the nearest slot. Of notes in one slot the highest counts.
 *
 * @param bytes The file.
 * @returns The score.
 * @throws {SyntaxError} If it is no such file, or no score; the message says why.
 */
export function readMidi(bytes: Uint8Array): Score {
  if (bytes.length > LIMIT) throw unreadable(`its ${bytes.length} bytes are above ${LIMIT}`);
  const { tracks, division } = chunksOf(bytes);
  const events = tracks.flatMap((track, index) => eventsOf(track, `track ${index + 1}`));
  events.sort((a, b) => a.tick - b.tick || ORDER[a.kind] - ORDER[b.kind]);
  return scoreOf(events, division);
}

function chunksOf(bytes: Uint8Array): { tracks: Uint8Array[]; division: number } {
  const reader = new Reader(bytes, "the file");
  if (nameOf(bytes) !== "MThd") throw unreadable("it is no Standard MIDI File");
  reader.take(4);
  const header = new Reader(reader.take(reader.number(4)), "its header");
  const [format, count, division] = [header.number(2), header.number(2), header.number(2)];
  if (format > 1) throw unreadable(`its format is "${format}", not 0 or 1`);
  if (format === 0 && count !== 1) throw unreadable(`it has ${count} tracks in format 0, not 1`);
  const tracks: Uint8Array[] = [];
  while (!reader.done && tracks.length < count) {
    const name = nameOf(reader.take(4));
    const content = reader.take(reader.number(4));
    if (name === "MTrk") tracks.push(content); // other chunks are passed over, as RP-001 asks
  }
  if (tracks.length < count) {
    throw unreadable(`the file ends after ${tracks.length} of ${count} tracks`);
  }
  return { tracks, division };
}

const nameOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, 4));

/** What a track has of tempo, programs and notes. */
function eventsOf(track: Uint8Array, what: string): MidiEvent[] {
  const reader = new Reader(track, what);
  const events: MidiEvent[] = [];
  let tick = 0;
  let running: number | undefined;
  while (true) {
    tick += reader.variable();
    const status = reader.status(running);
    const channel = status & 15;
    if (status >= 0xf0) running = undefined;
    else running = status;
    switch (status >> 4) {
      case 0x9: {
        const [key, velocity] = [reader.data(), reader.data()];
        if (velocity > 0) events.push({ tick, kind: "note", channel, key });
        break;
      }
      case 0xc:
        events.push({ tick, kind: "program", channel, program: reader.data() });
        break;
      case 0xd:
        reader.data();
        break;
      case 0x8:
      case 0xa:
      case 0xb:
      case 0xe:
        reader.data();
        reader.data();
        break;
      default: {
        const type = status === 0xff ? reader.number(1) : undefined;
        if (type === undefined && status !== 0xf0 && status !== 0xf7) {
          throw unreadable(`${what} has the status byte ${status}, which no file may have`);
        }
        const content = reader.take(reader.variable());
        if (type === 0x2f) return events;
        if (type === 0x51) {
          const microseconds = new Reader(content, "a tempo").number(3);
          if (microseconds === 0) throw unreadable("a tempo is 0");
          events.push({ tick, kind: "tempo", microseconds });
        }
      }
    }
  }
}

/** Seconds of a tick while a tempo lasts. */
function tickLength(division: number, microseconds: number): number {
  if (division >= 0x8000) {
    const [frames, ticks] = [256 - (division >> 8), division & 0xff];
    if (![24, 25, 29, 30].includes(frames) || ticks === 0) {
      throw unreadable(`its time code of ${frames} frames and ${ticks} ticks is none of MIDI's`);
    }
    return 1 / ((frames === 29 ? 30_000 / 1001 : frames) * ticks);
  }
  if (division === 0) throw unreadable("a quarter note has 0 ticks");
  return microseconds / 1e6 / division;
}

function scoreOf(events: readonly MidiEvent[], division: number): Score {
  const programs = new Array<number>(16).fill(0);
  const pitches = new Map<number, number>();
  const things = new Set<string>();
  let length = tickLength(division, USUAL_TEMPO);
  let [seconds, tick] = [0, 0];
  for (const event of events) {
    seconds += (event.tick - tick) * length;
    tick = event.tick;
    if (event.kind === "tempo") length = tickLength(division, event.microseconds);
    if (event.kind === "program") programs[event.channel] = event.program;
    if (event.kind !== "note") continue;
    const slot = Math.round(seconds * RATE);
    if (slot >= SCORE_SLOTS) break;
    things.add(thingOf(event.channel, event.key, programs[event.channel]!));
    pitches.set(slot, Math.max(event.key, pitches.get(slot) ?? 0));
  }
  const [thing, other] = things;
  if (thing === undefined) throw unreadable("no note begins in its first two seconds");
  if (other !== undefined) {
    throw unreadable(`"${thing}" and "${other}" play in it, and a score is played by one thing`);
  }
  const strokes = [...pitches].map(([slot, pitch]) => ({ slot, pitch }));
  return { thing, strokes: strokes.sort((a, b) => a.slot - b.slot) };
}

function thingOf(channel: number, key: number, program: number): string {
  const found = SCORE_THINGS.find(({ programs, kit }) =>
    channel === KIT ? kit.includes(key) : programs.includes(program)
  );
  if (found !== undefined) return found.name;
  throw unreadable(
    channel === KIT
      ? `key ${key} of the drum kit is none of its things`
      : `program ${program} of General MIDI, counted from 0, is none of its things`,
  );
}
