/**
 * The objectives that most modalities share, made from a plugin's networks.
 *
 * @module
 */
export * from "./align.ts";
export * from "./autoencode.ts";
export * from "./channel_statistics.ts";
export * from "./denoise.ts";
export * from "./denoising_batch.ts";
export * from "./in_pieces.ts";
export * from "./join.ts";
export * from "./join_spec.ts";
export * from "./joining_batch.ts";
export * from "./mean_embedding.ts";
