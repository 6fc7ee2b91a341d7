/**
 * The training objectives that the audio plugin brings.
 *
 * @module
 */
export { alignAudio } from "./alignment.ts";
export { autoencodeAudio } from "./autoencoding.ts";
export { AUDIO_CONFIG, type AudioConfig, type VocoderName } from "./config.ts";
export { denoiseAudio } from "./denoising.ts";
export { vocodeAudio } from "./vocoding.ts";
