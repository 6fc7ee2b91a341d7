/**
 * Layers, blocks and the two-dimensional UNet: functions of a scope and values.
 *
 * @module
 */
export * from "./blocks.ts";
export * from "./layers.ts";
export * from "./scope.ts";
export * from "./unet.ts";
