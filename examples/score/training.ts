/**
 * The training objectives of the modality "score".
 *
 * @module
 */
import type { AnyModality } from "@codi/core/modality";
import {
  alignObjective,
  autoencodeObjective,
  denoiseObjective,
  joinObjective,
  type Objective,
} from "@codi/core/training";
import { SCORE_CONFIG, type ScoreConfig, type TransformerSize } from "./config.ts";
import { embed } from "./prompt_encoder.ts";
import { createScore } from "./score.ts";
import { autoencoder, autoencoderLoss } from "./vae.ts";

export { SCORE_CONFIG, type ScoreConfig, type TransformerSize };

/** An objective that says how long a step takes: the seconds that one processor core worked on it. */
function timed(secondsPerStep: number, objective: Objective): Objective {
  return { ...objective, secondsPerStep };
}

/**
 * What it takes to train the modality by itself, in order; `deno task train` asks for it.
 *
 * @param bridge The modality of the captions.
 * @param config The sizes of the networks.
 * @returns Its objectives: autoencode, align and denoise.
 *
 * @example What they see
 * ```ts
 * import { objectives } from "@codi/score/training";
 * import { text } from "@codi/text";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(objectives(text).map(({ name, pairs }) => [name, pairs]), [
 *   ["autoencode score", [["score"]]],
 *   ["align score", [["text", "score"]]],
 *   ["denoise score", [["score", "text"], ["score", "score"]]],
 * ]);
 * ```
 */
export function objectives(bridge: AnyModality, config: ScoreConfig = SCORE_CONFIG): Objective[] {
  const modality = createScore(config, {});
  return [
    timed(
      0.03,
      autoencodeObjective({
        modality: modality.name,
        autoencoder: autoencoder(config),
        loss: (scope, { roll, thing }, noise) =>
          autoencoderLoss(scope, { roll: roll!, thing: thing! }, noise, config),
        batch: 64,
        options: { steps: 2000, learningRate: 2e-3 },
      }),
    ),
    timed(
      0.08,
      alignObjective({
        modality,
        bridge,
        embed: (scope, { roll, thing }) => embed(scope, { roll: roll!, thing: thing! }, config),
        batch: 96,
        options: { steps: 4000, learningRate: 1.5e-3 },
      }),
    ),
    timed(
      0.05,
      denoiseObjective({
        modality,
        bridge,
        batch: 64,
        shift: 4,
        wholeCaptions: 2,
        promptNoise: 0.03,
        scenes: { train: 49_152, test: 256 },
        options: { steps: 40_000, learningRate: 2e-3, warmup: 100, averageDecay: 0.999 },
      }),
    ),
  ];
}

/** The modalities that scores are made with. */
const PARTNERS = ["audio", "text"];

/**
 * Joint training with sounds and captions, as `deno task train` asks for it: scores learn to hear and be
 * heard, while the environments of the others stay as they are.
 *
 * @param modalities The installed modalities.
 * @param config The sizes of the networks.
 * @returns The objective `join score`; undefined if no partner or no bridge is installed.
 */
export function join(
  modalities: readonly AnyModality[],
  config: ScoreConfig = SCORE_CONFIG,
): Objective | undefined {
  const own = createScore(config, {});
  const others = modalities.filter(({ name }) => name !== own.name);
  const partners = PARTNERS.filter((partner) =>
    others.some(({ name, environment }) => name === partner && environment !== undefined)
  );
  if (partners.length === 0 || !others.some(({ bridge }) => bridge)) return undefined;
  return timed(
    0.08,
    joinObjective({
      name: `join ${own.name}`,
      modalities: [own, ...others],
      edges: partners.map((partner) => ({ listener: own.name, partner, batch: 64 })),
      trains: [own.name],
      alignment: { steps: 1500, batch: 64, alike: 16 },
      hearingNoise: 0.8,
      scenes: { train: { score: 8192, audio: 8192, text: 8192 }, test: 64 },
      options: { steps: 9000, learningRate: 1e-3, warmup: 100, averageDecay: 0.998 },
    }),
  );
}
