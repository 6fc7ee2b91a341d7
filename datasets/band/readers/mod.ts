/**
 * Readers of the band: they recover a scene's factors from a sample, real or generated, independently
 * of the models that generate.
 *
 * @module
 */
export * from "./color_reader.ts";
export * from "./degrade.ts";
export * from "./image_reader.ts";
export * from "./measure_image_reader.ts";
export * from "./train_image_reader.ts";
