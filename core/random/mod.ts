/**
 * Seeded random numbers, keyed rather than streamed.
 *
 * @module
 */
export * from "./random.ts";
