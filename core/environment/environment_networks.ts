import type { Value } from "../graph/mod.ts";
import {
  type EnvironmentNetworks,
  type Network,
  type PredictionInputs,
  predictionInputs,
} from "../modality/mod.ts";
import type { Scope } from "../nn/mod.ts";
import { environmentInputs } from "./environment.ts";
import { type EnvironmentMemory, environmentMemory } from "./environment_attention.ts";

/** What {@linkcode environmentNetworks} makes a modality's environment networks of. */
export interface EnvironmentNetworksSpec
  extends Pick<EnvironmentNetworks, "timed" | "guidance" | "shift" | "partners"> {
  /** The modality's name, as messages say it. */
  readonly name: string;
  /** The shape of one sample's latent. */
  readonly latentShape: readonly number[];
  /** The diffusion network without environment. */
  readonly network: Network;
  /** The environment encoder V. */
  encode(
    scope: Scope,
    z: Value,
    timestep: Value,
  ): { readonly global: Value; readonly slots?: Value };
  /** What the diffusion network predicts with environment attention that reads the memory. */
  predict(scope: Scope, inputs: PredictionInputs, memory: EnvironmentMemory): Value;
}

/**
 * The environment networks of a modality (CoDi, section 3.4): the parameters of the encoder lie in
 * `encoder`, those of what is heard in `environment`, beside the diffusion network's own.
 *
 * @param spec The encoder, and the prediction that hears.
 * @returns Both as networks.
 */
export function environmentNetworks(spec: EnvironmentNetworksSpec): EnvironmentNetworks {
  const { name, latentShape, network, timed, guidance, shift = 1, partners } = spec;
  return {
    timed,
    guidance,
    shift,
    ...(partners && { partners }),
    encoder: {
      name: `${name} environment encoder`,
      inputs: (batch) => ({
        z: { shape: [batch, ...latentShape], dtype: "float32" },
        timestep: { shape: [batch], dtype: "float32" },
      }),
      trace: (scope, { z, timestep }) => spec.encode(scope.at("encoder"), z!, timestep!),
    },
    joint: {
      name: `${network.name} with environment`,
      inputs: (batch) => ({ ...network.inputs(batch), ...environmentInputs(batch) }),
      trace: (scope, { global, slots, heard, ...inputs }) => {
        const memory = environmentMemory(scope.at("environment"), {
          global: global!,
          slots: slots!,
          heard: heard!,
        });
        return { prediction: spec.predict(scope, predictionInputs(inputs), memory) };
      },
    },
  };
}
