/**
 * Layers, blocks, the convolutional autoencoder and the two-dimensional UNet: functions of a scope and values.
 *
 * @module
 */
export * from "./autoencoder.ts";
export * from "./blocks.ts";
export * from "./context.ts";
export * from "./layers.ts";
export * from "./scope.ts";
export * from "./unet.ts";
export type * from "../graph/value_types.ts";
