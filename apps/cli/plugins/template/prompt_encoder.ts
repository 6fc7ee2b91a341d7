import { centered } from "@codi/core/conditioning";
import type { Value } from "@codi/core/graph";
import { type PromptEncoder, SPACE_WIDTH } from "@codi/core/modality";
import { linear, normalizeLength, type Scope } from "@codi/core/nn";
import type { Tensor } from "@codi/core/tensor";
import { residualBlocks } from "./_blocks.ts";
import { batchOf, LENGTH } from "./codec.ts";
import type { TemplateConfig } from "./config.ts";

/**
 * The embedding of a sample before centring, as the alignment trains it.
 *
 * @param scope Names the parameters.
 * @param values [batch, 64].
 * @param config The sizes.
 * @returns [batch, SPACE_WIDTH], of length 1.
 */
export function embed(scope: Scope, values: Value, config: TemplateConfig): Value {
  const h = linear(scope.at("in"), values, config.width);
  const out = linear(scope.at("out"), residualBlocks(scope, h, config.blocks), SPACE_WIDTH);
  return normalizeLength(out);
}

/**
 * The prompt encoder: samples to the shared space (CoDi, section 3.2).
 *
 * @param config The sizes.
 * @returns Its network and what it is fed.
 */
export function promptEncoder(config: TemplateConfig): PromptEncoder<Tensor> {
  return {
    network: {
      name: "template prompt encoder",
      inputs: (batch) => ({ values: { shape: [batch, LENGTH], dtype: "float32" } }),
      trace: (scope, { values }) => ({
        embedding: centered(scope, embed(scope, values!, config)),
      }),
    },
    feeds: (samples) => ({ values: batchOf(samples) }),
  };
}
