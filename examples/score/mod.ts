/**
 * The modality "score" for CoDi, added to it from outside: what is played, when and how high, as a
 * piano roll of two seconds. Files are Standard MIDI Files.
 *
 * @example What a score is, and its file
 * ```ts
 * import { type Score, score } from "@codi/score";
 * import { assertEquals } from "@std/assert";
 *
 * const rising: Score = {
 *   thing: "trumpet",
 *   strokes: [{ slot: 0, pitch: 60 }, { slot: 4, pitch: 64 }, { slot: 8, pitch: 68 }],
 * };
 * const midi = await score.codec.encode(rising);
 * assertEquals(new TextDecoder().decode(midi.subarray(0, 4)), "MThd");
 * assertEquals(await score.codec.decode(midi), rising);
 * ```
 *
 * @module
 */
export type { ScoreConfig } from "./config.ts";
export { KEYS, type Score, SCORE_SLOTS, type ScoreStroke } from "./roll.ts";
export { createScore, score } from "./score.ts";
export { SCORE_THINGS, type ScoreThing } from "./things.ts";
