/**
 * Generating any mix of modalities from any mix of prompts.
 *
 * @module
 */
export * from "./codi.ts";
export * from "./load.ts";
export * from "./request.ts";
