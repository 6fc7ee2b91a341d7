/**
 * Readers of the band: they recover a scene's factors from a sample, real or generated, independently
 * of the models that generate.
 *
 * @module
 */
export * from "./audio_reader.ts";
export * from "./color_reader.ts";
export * from "./degrade.ts";
export * from "./image_reader.ts";
export * from "./measure_audio_reader.ts";
export * from "./measure_image_reader.ts";
export * from "./measure_video_reader.ts";
export * from "./reader_weights.ts";
export * from "./score_reader.ts";
export * from "./slot_f1.ts";
export * from "./sound_degrade.ts";
export * from "./train_audio_reader.ts";
export * from "./train_image_reader.ts";
export * from "./video_reader.ts";
