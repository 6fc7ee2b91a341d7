import { add, concat, mul, reshape, silu, type Value } from "@codi/core/graph";
import {
  type DiffusionNetwork,
  type PredictionInputs,
  promptOrNone,
  velocityDiffusion,
} from "@codi/core/modality";
import {
  contextTokens,
  type ContextValues,
  linear,
  normalizeLayer,
  type Scope,
  timeEmbedding,
  transformerBlock,
} from "@codi/core/nn";
import type { SentenceConfig } from "./config.ts";

/** What every block of the network is given besides its input. */
interface BlockInputs {
  /** Timestep and condition, [batch, time width]. */
  readonly vector: Value;
  /** The condition as tokens. */
  readonly context: ContextValues;
}

/** Two linear layers around a residual connection; the vector modulates the second normalisation. */
function residualBlock(scope: Scope, x: Value, width: number, vector: Value): Value {
  let h = linear(scope.at("in"), silu(normalizeLayer(scope.at("norm1"), x)), width);
  const scale = linear(scope.at("scale"), vector, width, { init: "zeros" });
  const shift = linear(scope.at("shift"), vector, width, { init: "zeros" });
  h = add(mul(normalizeLayer(scope.at("norm2"), h), add(scale, 1)), shift);
  h = linear(scope.at("out"), silu(h), width, { init: "zeros" });
  return add(x.shape[1] === width ? x : linear(scope.at("skip"), x, width), h);
}

/** Options of the prediction. */
export interface PredictionOptions {
  /**
   * Adds layers after the blocks in the middle and on the way up.
   *
   * @param scope Names their parameters beside the block's own, `residual` and `attention`.
   * @param tokens The latent cut into tokens, [batch, tokens, width].
   * @returns The shape of the tokens.
   */
  readonly after?: (scope: Scope, tokens: Value) => Value;
}

/** A residual block, then a transformer block over the latent cut into tokens. */
function block(
  scope: Scope,
  x: Value,
  width: number,
  { vector, context }: BlockInputs,
  { tokens, heads }: SentenceConfig["diffusion"],
  after: PredictionOptions["after"] = (_, tokens) => tokens,
): Value {
  const batch = x.shape[0]!;
  const h = residualBlock(scope.at("residual"), x, width, vector);
  const cut = reshape(h, [batch, tokens, width / tokens]);
  const mixed = transformerBlock(scope.at("attention"), cut, { ...context, heads });
  return reshape(after(scope, mixed), [batch, width]);
}

/**
 * The prediction of v for noisy latents by a UNet of fully connected blocks (CoDi, section 3.3; v by
 * Salimans and Ho, 2022): levels of falling width, and skips between the two ways.
 *
 * @param scope Names the parameters, among them `none`, which stands for no condition.
 * @param inputs Noisy latents, timesteps and conditions.
 * @param config The sizes.
 * @param options What is added to the network.
 * @returns The prediction, [batch, channels].
 */
export function predict(
  scope: Scope,
  inputs: PredictionInputs,
  { diffusion: config }: SentenceConfig,
  { after }: PredictionOptions = {},
): Value {
  const { z, timestep } = inputs;
  const { widths, depth, timeWidth } = config;
  const prompt = promptOrNone(scope, inputs);
  const given: BlockInputs = {
    vector: silu(add(
      timeEmbedding(scope.at("time"), timestep, timeWidth),
      linear(scope.at("pooled"), prompt.condition, timeWidth),
    )),
    context: contextTokens(
      scope.at("context"),
      prompt,
      config.contextTokens,
      config.contextWidth,
    ),
  };
  let h = linear(scope.at("stem"), z, widths[0]!);
  const skips: Value[] = [];
  for (const [level, width] of widths.entries()) {
    const down = scope.at("down").at(level);
    if (level > 0) h = linear(down.at("sample"), h, width);
    for (let index = 0; index < depth; index++) {
      h = block(down.at(index), h, width, given, config);
      skips.push(h);
    }
  }
  h = block(scope.at("middle"), h, widths.at(-1)!, given, config, after);
  for (const [level, width] of [...widths.entries()].reverse()) {
    const up = scope.at("up").at(level);
    for (let index = 0; index < depth; index++) {
      h = block(up.at(index), concat([h, skips.pop()!], 1), width, given, config, after);
    }
    if (level > 0) h = linear(up.at("sample"), h, widths[level - 1]!);
  }
  return linear(scope.at("out"), silu(normalizeLayer(scope.at("norm"), h)), z.shape[1]!, {
    init: "zeros",
  });
}

/**
 * The text diffusion network (CoDi, section 3.3).
 *
 * @param config The sizes.
 * @returns Its network, and how it was trained.
 */
export function textDiffusion(config: SentenceConfig): DiffusionNetwork {
  return velocityDiffusion({
    name: "text UNet",
    latentShape: [config.latentChannels],
    guidance: 2,
    candidates: 4,
    sideBySide: true,
    predict: (scope, inputs) => predict(scope, inputs, config),
  });
}
