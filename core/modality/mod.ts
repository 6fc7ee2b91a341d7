/**
 * The contract between core and a modality: all that generating and training need to know of it.
 *
 * @module
 */
export * from "./decode_settings.ts";
export * from "./diffusion_network.ts";
export * from "./latent_statistics.ts";
export * from "./modality.ts";
export * from "./network.ts";
export * from "./open_network.ts";
export * from "./regions.ts";
export * from "./registry.ts";
