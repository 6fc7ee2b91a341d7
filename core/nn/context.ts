import { broadcastTo, reshape, type Value } from "../graph/mod.ts";
import { linear } from "./layers.ts";
import type { Scope } from "./scope.ts";

/** What a network is conditioned on. */
export interface PromptValues {
  /** One prompt, or the mix of several: [batch, width of the shared space]. */
  readonly condition: Value;
  /** The prompts of the mix, of which each keeps its own context tokens. */
  readonly sideBySide?: {
    /** [batch, prompts, width of the shared space]. */
    readonly prompts: Value;
    /** The logarithm of each one's share, [batch, prompts]; −10⁴ where there is no prompt. */
    readonly logShares: Value;
  };
}

/** What cross-attention reads. */
export interface ContextValues {
  /** [batch, tokens, width]. */
  readonly context: Value;
  /** Added to the scores of the tokens, [batch, 1, 1, tokens]. */
  readonly contextBias?: Value;
}

/**
 * The context tokens of a condition: several of them, since attention over one token ignores its query.
 * Prompts side by side keep their own, whose scores get log α: with shares α that sum to 1, softmax then
 * gives to equal prompts together what it gives to one of them.
 *
 * @param scope Names the linear layer.
 * @param prompt The condition, and the prompts that stand side by side.
 * @param tokens How many tokens a prompt becomes.
 * @param width Their width.
 * @returns The tokens, prompt after prompt, and what is added to their scores.
 *
 * @example Three prompts of four tokens
 * ```ts
 * import { input } from "@codi/core/graph";
 * import { contextTokens, Scope } from "@codi/core/nn";
 * import { assertEquals } from "@std/assert";
 *
 * const condition = input("condition", [2, 16]);
 * const prompts = input("prompts", [2, 3, 16]);
 * const logShares = input("logShares", [2, 3]);
 * const scope = new Scope();
 * const one = contextTokens(scope, { condition }, 4, 8);
 * const all = contextTokens(scope, { condition, sideBySide: { prompts, logShares } }, 4, 8);
 * assertEquals([one.context.shape, one.contextBias], [[2, 4, 8], undefined]);
 * assertEquals([all.context.shape, all.contextBias?.shape], [[2, 12, 8], [2, 1, 1, 12]]);
 * ```
 */
export function contextTokens(
  scope: Scope,
  { condition, sideBySide }: PromptValues,
  tokens: number,
  width: number,
): ContextValues {
  const cut = (x: Value) =>
    reshape(linear(scope, x, tokens * width), [condition.shape[0]!, -1, width]);
  if (sideBySide === undefined) return { context: cut(condition) };
  const { prompts, logShares } = sideBySide;
  const [batch, count] = logShares.shape as [number, number];
  const each = broadcastTo(reshape(logShares, [batch, count, 1]), [batch, count, tokens]);
  return { context: cut(prompts), contextBias: reshape(each, [batch, 1, 1, count * tokens]) };
}
