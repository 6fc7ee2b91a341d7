/**
 * The shared conditioning space: mixing prompts and comparing embeddings.
 *
 * @module
 */
export * from "./mix.ts";
export * from "./center.ts";
export type { Initializer, Scope } from "../nn/mod.ts";
export type * from "../graph/value_types.ts";
