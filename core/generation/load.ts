import { type AnyModality, checkModalities } from "../modality/mod.ts";
import { openDevice, type SessionOptions } from "../runtime/mod.ts";
import type { Codi } from "./codi.ts";
import { LoadedCodi } from "./_loaded_codi.ts";

/** Options of {@linkcode load}. */
export interface LoadOptions {
  /** Options of the runtime. */
  readonly session?: SessionOptions;
}

/**
 * Loads modalities. Weights are read when they are first needed.
 *
 * @param modalities The plugins, the bridge among them or not.
 * @param options Options of the runtime.
 * @returns What generates; close it, or bind it with `await using`.
 * @throws {RangeError} If there are none, or they do not fit together.
 *
 * @example Embed what a plugin reads
 * ```ts
 * import { load } from "@codi/core";
 * import { defineModality, SPACE_WIDTH } from "@codi/core/modality";
 * import { linear, normalizeLength } from "@codi/core/nn";
 * import { tensor } from "@codi/core/tensor";
 * import { writeWeights } from "@codi/core/weights";
 * import { assertAlmostEquals } from "@std/assert";
 * import { toFileUrl } from "@std/path";
 *
 * const folder = await Deno.makeTempDir();
 * const mood = defineModality({
 *   name: "mood",
 *   version: "0.1.0",
 *   space: "band-1",
 *   bridge: false,
 *   codec: {
 *     reads: [],
 *     writes: "application/json",
 *     extension: ".json",
 *     decode: () => Promise.reject(new SyntaxError("Cannot read a mood: there is no such file")),
 *     encode: (sample: number) => Promise.resolve(new TextEncoder().encode(String(sample))),
 *   },
 *   promptEncoder: {
 *     network: {
 *       name: "mood prompt encoder",
 *       inputs: (batch) => ({ mood: { shape: [batch, 1], dtype: "float32" } }),
 *       trace: (scope, { mood }) => ({
 *         embedding: normalizeLength(linear(scope, mood!, SPACE_WIDTH, { bias: false })),
 *       }),
 *     },
 *     feeds: (moods) => ({ mood: tensor([moods.length, 1], Float32Array.from(moods)) }),
 *   },
 *   weights: { promptEncoder: toFileUrl(`${folder}/mood.safetensors`) },
 * });
 * const weight = tensor([SPACE_WIDTH, 1], new Float32Array(SPACE_WIDTH).fill(1));
 * await writeWeights(`${folder}/mood.safetensors`, { weight }, { metadata: { space: "band-1" } });
 *
 * await using codi = await load([mood], { session: { threads: 1 } });
 * assertAlmostEquals(await codi.similarity(mood.prompt(0.5), mood.prompt(2)), 1, 1e-6);
 * assertAlmostEquals(await codi.similarity(mood.prompt(0.5), mood.prompt(-2)), -1, 1e-6);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export function load<const M extends AnyModality>(
  modalities: readonly M[],
  options: LoadOptions = {},
): Promise<Codi<M>> {
  try {
    checkModalities(modalities);
    return Promise.resolve(new LoadedCodi(modalities, openDevice(options.session ?? {})));
  } catch (error) {
    return Promise.reject(error);
  }
}
