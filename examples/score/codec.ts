import type { Codec } from "@codi/core/modality";
import { readMidi } from "./_read_midi.ts";
import { writeMidi } from "./_write_midi.ts";
import type { Score } from "./roll.ts";

/**
 * Standard MIDI Files of formats 0 and 1 in, of which the first two seconds are read; format 0 out. A
 * description goes into a text event, in UTF-8.
 */
export const codec: Codec<Score> = {
  reads: ["audio/midi"],
  writes: "audio/midi",
  extension: ".mid",
  decode: (bytes) => new Promise((resolve) => resolve(readMidi(bytes))),
  encode: (score, { description } = {}) =>
    new Promise((resolve) => resolve(writeMidi(score, description))),
};
