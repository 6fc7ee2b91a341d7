import {
  type AnyModality,
  type Autoencoder,
  type DiffusionNetwork,
  findModality,
} from "../modality/mod.ts";

/** A modality that can be generated. */
export interface Output {
  readonly modality: AnyModality;
  readonly autoencoder: Autoencoder<unknown>;
  readonly diffusion: DiffusionNetwork;
}

/**
 * A modality that is to be generated.
 *
 * @param modalities The loaded modalities.
 * @param name Its name.
 * @returns The modality with what generating takes.
 * @throws {RangeError} If it is not installed, or no output.
 */
export function outputOf(modalities: readonly AnyModality[], name: string): Output {
  const modality = findModality(modalities, name);
  const { autoencoder, diffusion } = modality;
  if (autoencoder === undefined || diffusion === undefined) {
    const able = modalities.filter((other) => other.autoencoder && other.diffusion);
    throw new RangeError(
      `Cannot generate "${name}": the plugin reads it only as a prompt; outputs are ${
        able.map((other) => `"${other.name}"`).join(", ") || "none"
      }`,
    );
  }
  return { modality, autoencoder, diffusion };
}

/** A number for all outputs, or by modality. */
export type Setting = number | Readonly<Partial<Record<string, number>>>;

/** The guidance scale of an output. */
export function guidanceOf(
  { modality, diffusion }: Output,
  { guidance }: { readonly guidance?: Setting | undefined },
): number {
  return settingOf(guidance, modality.name) ?? diffusion.guidance;
}

/** What is set for a modality, or for all. */
export function settingOf(setting: Setting | undefined, name: string): number | undefined {
  return typeof setting === "object" ? setting[name] : setting;
}
