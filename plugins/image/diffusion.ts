import { add, mul, reshape, sub, type Value } from "@codi/core/graph";
import { type DiffusionNetwork, SPACE_WIDTH } from "@codi/core/modality";
import { type Scope, unet, type UnetConfig } from "@codi/core/nn";
import { LATENT_SHAPE } from "./vae.ts";

/** The image UNet: 8×8 and 4×4 maps over patches of 2×2 latent pixels. */
export const UNET: UnetConfig = {
  widths: [128, 144],
  attention: [false, true],
  depth: 2,
  patch: 2,
  heads: 4,
  timeWidth: 192,
  contextTokens: 4,
  contextWidth: 128,
};

/**
 * The prediction of v for noisy latents (CoDi, section 3.3; v by Salimans and Ho, 2022).
 *
 * @param z [batch, 4, 16, 16].
 * @param timestep [batch].
 * @param condition [batch, SPACE_WIDTH].
 * @param present [batch], 1 where there is a condition; where 0, a learned one stands for none.
 */
export function predict(scope: Scope, z: Value, timestep: Value, condition: Value, present: Value): Value {
  const none = scope.parameter("none", [1, SPACE_WIDTH], { deviation: 1 / Math.sqrt(SPACE_WIDTH) });
  const flag = reshape(present, [-1, 1]);
  const prompt = add(mul(condition, flag), mul(none, sub(1, flag)));
  return unet(scope, { z, timestep, condition: prompt }, UNET);
}

/** The image diffusion network. */
export const diffusion: DiffusionNetwork = {
  network: {
    name: "image UNet",
    inputs: (batch) => ({
      z: { shape: [batch, ...LATENT_SHAPE], dtype: "float32" },
      timestep: { shape: [batch], dtype: "float32" },
      condition: { shape: [batch, SPACE_WIDTH], dtype: "float32" },
      present: { shape: [batch], dtype: "float32" },
    }),
    trace: (scope, { z, timestep, condition, present }) => ({
      prediction: predict(scope, z!, timestep!, condition!, present!),
    }),
  },
  prediction: "v",
  schedule: { name: "cosine", options: {} },
  guidance: 3,
};
