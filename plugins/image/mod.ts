/**
 * Images for CoDi: pictures of 64×64 pixels.
 *
 * @module
 */
export type { ImageConfig } from "./config.ts";
export { createImage, image } from "./image.ts";
