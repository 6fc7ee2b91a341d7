import { type AnyModality, weightShapes } from "../../modality/mod.ts";
import type { Scope } from "../../nn/mod.ts";
import type { Tensor } from "../../tensor/mod.ts";
import { WeightsMismatchError } from "../../weights/mod.ts";
import type { ObjectiveContext } from "../objective.ts";

/** A modality of a joint training, and whether its environment is trained. */
export interface JoinedModality {
  readonly modality: AnyModality;
  readonly trained: boolean;
}

/**
 * The weights that stay as they are in a joint training: all of the diffusion networks, and the
 * environment encoders that are not trained.
 *
 * @param context Gives the weights of parts.
 * @param scope Where losses have named their parameters, each below its modality's name.
 * @param joined The modalities.
 * @returns The weights by parameter name.
 * @throws {WeightsMismatchError} If a file lacks some: they would be trained, as all that is not frozen.
 */
export async function frozenWeights(
  { weights }: Pick<ObjectiveContext, "weights">,
  scope: Scope,
  joined: readonly JoinedModality[],
): Promise<Record<string, Tensor>> {
  const frozen: Record<string, Tensor> = {};
  const missing: string[] = [];
  const named = Object.keys(scope.shapes());
  for (const { modality: { name, diffusion }, trained } of joined) {
    const parts = [
      await weights(`${name}/diffusion`),
      ...(trained ? [] : [await weights(`${name}/environment`)]),
    ];
    const all = Object.assign({}, ...parts) as Record<string, Tensor>;
    const own = new Set(Object.keys(weightShapes(diffusion!.network)));
    for (const key of named.filter((key) => key.startsWith(`${name}.`))) {
      const weight = key.slice(name.length + 1);
      if (Object.hasOwn(all, weight)) frozen[key] = all[weight]!;
      else if (!trained || own.has(weight)) missing.push(key);
    }
  }
  if (missing.length > 0) throw new WeightsMismatchError(missing, [], []);
  return frozen;
}
