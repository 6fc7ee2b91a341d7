/**
 * The shared conditioning space: mixing prompts and comparing embeddings.
 *
 * @module
 */
export * from "./mix.ts";
export * from "./center.ts";
