import { defineModality, type Modality, type PartName } from "@codi/core/modality";
import { codec } from "./codec.ts";
import { SCORE_CONFIG, type ScoreConfig } from "./config.ts";
import { diffusion } from "./diffusion.ts";
import { environment } from "./environment.ts";
import { promptEncoder } from "./prompt_encoder.ts";
import type { Score } from "./roll.ts";
import { autoencoder } from "./vae.ts";

/**
 * A score modality of any size.
 *
 * @param config The sizes of its networks.
 * @param weights Where their weights are: safetensors files.
 * @returns The modality; its samples are scores.
 */
export function createScore(
  config: ScoreConfig,
  weights: Readonly<Partial<Record<PartName, URL>>>,
): Modality<"score", Score> {
  return defineModality({
    name: "score",
    version: "0.1.0",
    space: "band-1",
    bridge: false,
    codec,
    promptEncoder: promptEncoder(config),
    autoencoder: autoencoder(config),
    diffusion: diffusion(config),
    environment: environment(config),
    weights,
  });
}

const weights = (name: string): URL => new URL(`./weights/${name}.safetensors`, import.meta.url);

/** Scores of two seconds, with the shipped networks. */
export const score: Modality<"score", Score> = createScore(SCORE_CONFIG, {
  promptEncoder: weights("prompt_encoder"),
  autoencoder: weights("autoencoder"),
  diffusion: weights("diffusion"),
  environment: weights("environment"),
});
