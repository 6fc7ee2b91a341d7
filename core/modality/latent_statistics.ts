import { add, div, mul, reshape, stopGradient, sub, type Value } from "../graph/mod.ts";
import type { Scope } from "../nn/mod.ts";

/** The names of the weights that hold the latents' mean and standard deviation, one per channel. */
export const LATENT_STATISTICS = { mean: "latent.mean", deviation: "latent.deviation" } as const;

/**
 * Latents of zero mean and unit variance per channel (Rombach et al., 2022, appendix G). Mean and
 * deviation are weights that training leaves alone; they are measured after the autoencoder's training.
 *
 * @param scope Names the weights of {@linkcode LATENT_STATISTICS}, [channels].
 * @param latent [batch, channels, ...], as the encoder gives it.
 * @returns The latent's shape.
 *
 * @example There and back
 * ```ts
 * import { buildProgram, input } from "@codi/core/graph";
 * import { LATENT_STATISTICS, originalLatent, standardizedLatent } from "@codi/core/modality";
 * import { Scope } from "@codi/core/nn";
 * import { openDevice } from "@codi/core/runtime";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals } from "@std/assert";
 *
 * const scope = new Scope();
 * const standardized = standardizedLatent(scope, input("latent", [1, 2]));
 * const program = buildProgram({ standardized, original: originalLatent(scope, standardized) }, {
 *   weights: {
 *     [LATENT_STATISTICS.mean]: tensor([2], Float32Array.of(1, 2)),
 *     [LATENT_STATISTICS.deviation]: tensor([2], Float32Array.of(4, 0.5)),
 *   },
 * });
 * await using device = openDevice({ threads: 1 });
 * const { run } = await device.load(program);
 * const { standardized: z, original } = await run({ latent: tensor([1, 2], Float32Array.of(5, 3)) });
 * assertEquals([...z!.data, ...original!.data], [1, 2, 5, 3]);
 * ```
 */
export function standardizedLatent(scope: Scope, latent: Value): Value {
  return div(sub(latent, meanOf(scope, latent)), deviationOf(scope, latent));
}

/**
 * Latents as the encoder gives them, from standardised ones: the inverse of
 * {@linkcode standardizedLatent}.
 *
 * @param scope As for {@linkcode standardizedLatent}.
 * @param latent [batch, channels, ...], standardised.
 * @returns The latent's shape.
 */
export function originalLatent(scope: Scope, latent: Value): Value {
  return add(mul(latent, deviationOf(scope, latent)), meanOf(scope, latent));
}

function meanOf(scope: Scope, latent: Value): Value {
  return perChannel(scope.parameter(LATENT_STATISTICS.mean, [latent.shape[1]!], "zeros"), latent);
}

function deviationOf(scope: Scope, latent: Value): Value {
  const { deviation } = LATENT_STATISTICS;
  return perChannel(scope.parameter(deviation, [latent.shape[1]!], "ones"), latent);
}

/** A measured statistic, [1, channels, 1, …]. */
function perChannel(statistic: Value, latent: Value): Value {
  return reshape(stopGradient(statistic), latent.shape.map((size, axis) => axis === 1 ? size : 1));
}
