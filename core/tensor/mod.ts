/**
 * The dense float32 tensor every package passes around.
 *
 * @module
 */
export * from "./tensor.ts";
