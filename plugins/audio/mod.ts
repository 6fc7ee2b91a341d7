/**
 * The audio plugin of CoDi: sounds of two seconds, as prompts and as outputs.
 *
 * @module
 */
export { audio, createAudio } from "./audio.ts";
export type { AudioConfig } from "./config.ts";
export { decodeSound, type DecodeSoundOptions } from "./decode_sound.ts";
