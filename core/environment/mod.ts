/**
 * Environments: what outputs that are denoised together know of each other at every step (CoDi, section
 * 3.4).
 *
 * An environment encoder V says of a modality's *noisy* latent at timestep t what the others should know:
 * a global token and, for modalities in time, sixteen slots over two seconds. Each diffusion network
 * reads the others' through attention that is added to it and starts without effect.
 *
 * @module
 */
export * from "./environment.ts";
export * from "./environment_attention.ts";
export * from "./environment_heads.ts";
export * from "./environment_networks.ts";
export * from "./latent_alignment.ts";
export * from "./mean_environment.ts";
export * from "./unet_environment.ts";
