/**
 * The audio plugin of CoDi: sounds of two seconds, as prompts and as outputs.
 *
 * @example A sound from a sentence
 * ```ts
 * import { audio } from "@codi/audio";
 * import { load } from "@codi/core";
 * import { text } from "@codi/text";
 * import { assertEquals } from "@std/assert";
 *
 * await using codi = await load([text, audio]);
 * const prompts = [text.prompt("three rising trumpet notes")];
 * const made = await codi.generate({ prompts, to: ["audio"], steps: 5, seed: 1 });
 * const wav = await audio.codec.encode(made.audio);
 * assertEquals(new TextDecoder().decode(wav.subarray(0, 4)), "RIFF");
 * ```
 *
 * @module
 */
export { audio, createAudio } from "./audio.ts";
export type { AudioConfig, VocoderName } from "./config.ts";
export { decodeSound, type DecodeSoundOptions } from "./decode_sound.ts";
