import type { Tensor } from "../tensor/mod.ts";
import type { Value } from "../graph/mod.ts";

/** The width of a global token and of every slot. */
export const ENVIRONMENT_WIDTH = 64;
/** The slots of a modality in time: 16 over two seconds, a constant of the space. */
export const SLOTS = 16;

/** What a network hears of the other outputs, in a graph. */
export interface EnvironmentValues {
  /** [batch, {@linkcode ENVIRONMENT_WIDTH}]: the mean of the others' global tokens. */
  readonly global: Value;
  /** [batch, {@linkcode SLOTS}, {@linkcode ENVIRONMENT_WIDTH}]: that of their slots, in time's order. */
  readonly slots: Value;
  /** [batch, 2]: 1 where there is a global token, and where there are slots; else 0. */
  readonly heard: Value;
}

/** What an environment encoder says of some noisy latents: V(z_t, t) of CoDi, section 3.4. */
export interface Environment {
  /** [batch, {@linkcode ENVIRONMENT_WIDTH}]. */
  readonly global: Tensor;
  /** [batch, {@linkcode SLOTS}, {@linkcode ENVIRONMENT_WIDTH}], of modalities in time. */
  readonly slots?: Tensor;
}

/**
 * What a network with environment attention reads besides its own inputs.
 *
 * @param batch The number of samples.
 * @returns `global`, `slots` and `heard`, as in {@linkcode EnvironmentValues}.
 */
export function environmentInputs(
  batch: number,
): Record<"global" | "slots" | "heard", { shape: readonly number[]; dtype: "float32" }> {
  return {
    global: { shape: [batch, ENVIRONMENT_WIDTH], dtype: "float32" },
    slots: { shape: [batch, SLOTS, ENVIRONMENT_WIDTH], dtype: "float32" },
    heard: { shape: [batch, 2], dtype: "float32" },
  };
}
