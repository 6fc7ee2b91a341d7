import type { PredictionType } from "../../diffusion/mod.ts";
import type { Random } from "../../random/mod.ts";
import type { Tensor } from "../../tensor/mod.ts";

/** A batch that is being filled: noisy latents, and what is to be predicted of them. */
export interface NoisyBatch {
  /** [batch, ...latent shape]. */
  readonly z: Tensor;
  /** [batch, ...latent shape]: the noise, v as Salimans and Ho (2022) define it, or the clean latent. */
  readonly target: Tensor;
}

/**
 * Fills one sample of a batch with a clean latent and noise.
 *
 * @param batch What is filled.
 * @param sample Which sample of it.
 * @param clean The clean latent's numbers.
 * @param alphaBar How much of the variance is the latent's; 1 draws no noise.
 * @param prediction What the network predicts.
 * @param draw Gives the noise.
 */
export function addNoise(
  { z, target }: NoisyBatch,
  sample: number,
  clean: Float32Array,
  alphaBar: number,
  prediction: PredictionType,
  draw: Random,
): void {
  const [alpha, sigma] = [Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar)];
  const begin = sample * clean.length;
  for (let i = 0; i < clean.length; i++) {
    const noise = sigma === 0 ? 0 : draw.normal();
    z.data[begin + i] = alpha * clean[i]! + sigma * noise;
    target.data[begin + i] = prediction === "v"
      ? alpha * noise - sigma * clean[i]!
      : prediction === "epsilon"
      ? noise
      : clean[i]!;
  }
}
