import { centered } from "@codi/core/conditioning";
import { mean, type Value } from "@codi/core/graph";
import { type PromptEncoder, SPACE_WIDTH } from "@codi/core/modality";
import { linear, normalizeLength, type Scope } from "@codi/core/nn";
import { type RollInputs, rollInputs, slotTokens, slotTransformer } from "./_blocks.ts";
import type { ScoreConfig } from "./config.ts";
import { rollFeeds, type Score } from "./roll.ts";

/**
 * The embedding of a score before centring, as the alignment trains it: a transformer over the slots.
 *
 * @param scope Names the parameters.
 * @param inputs Scores.
 * @param config The sizes.
 * @returns [batch, SPACE_WIDTH], of length 1.
 */
export function embed(scope: Scope, inputs: RollInputs, config: ScoreConfig): Value {
  const { promptEncoder } = config;
  const tokens = slotTransformer(
    scope,
    slotTokens(scope, inputs, promptEncoder.width),
    promptEncoder,
  );
  return normalizeLength(linear(scope.at("out"), mean(tokens, [1]), SPACE_WIDTH));
}

/**
 * The prompt encoder: scores to the shared space (CoDi, section 3.2).
 *
 * @param config The sizes.
 * @returns Its network and what it is fed.
 */
export function promptEncoder(config: ScoreConfig): PromptEncoder<Score> {
  return {
    network: {
      name: "score prompt encoder",
      inputs: rollInputs,
      trace: (scope, { roll, thing }) => ({
        embedding: centered(scope, embed(scope, { roll: roll!, thing: thing! }, config)),
      }),
    },
    feeds: rollFeeds,
  };
}
