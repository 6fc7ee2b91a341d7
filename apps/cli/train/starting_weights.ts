import { join } from "@std/path";
import type { Tensor } from "@codi/core/tensor";
import type { Objective, PartPath, PreparedObjective } from "@codi/core/training";
import { readWeights } from "@codi/core/weights";
import { UsageError } from "../command.ts";
import { reasonOf } from "../message.ts";

/** Weights by name. */
export type Weights = Readonly<Record<string, Tensor>>;

/** Weights that a training starts from. */
export interface StartingWeights {
  /** Every weight of the task. */
  readonly weights: Weights;
  /** The names of those that were not found and are drawn anew. */
  readonly drawn: readonly string[];
}

/** Stands for the weights that the plugins use. */
const INSTALLED = "installed";

/**
 * Reads the parts that an objective trains.
 *
 * @param from A file, a run's folder, or `installed`.
 * @param objective The objective.
 * @param locate Where a part is installed.
 * @returns The weights of each part.
 * @throws {UsageError} If one file is given for several parts.
 * @throws {Error} If a file is missing or is no file of weights.
 */
export async function readParts(
  from: string,
  objective: Objective,
  locate: (part: PartPath) => string,
): Promise<Map<PartPath, Weights>> {
  const parts = new Map<PartPath, Weights>();
  const folder = from !== INSTALLED && await isFolder(from);
  if (from !== INSTALLED && !folder && objective.trains.length > 1) {
    throw new UsageError(
      `Cannot start "${objective.name}" from the file "${from}": it trains ${
        objective.trains.join(" and ")
      }, so give the folder of a run`,
    );
  }
  for (const part of objective.trains) {
    const path = from === INSTALLED
      ? locate(part)
      : folder
      ? join(from, `${part.replace("/", ".")}.safetensors`)
      : from;
    try {
      parts.set(part, (await readWeights(path)).tensors);
    } catch (cause) {
      throw new Error(`Cannot start from "${path}": ${reasonOf(cause)}`, { cause });
    }
  }
  return parts;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (cause) {
    throw new Error(`Cannot start from "${path}": ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Fits the weights of parts to a task. A task names a weight as its part does, or with the modality's
 * name in front; measured statistics of the parts, which no task trains, are left out, and what only
 * training needs is drawn anew.
 *
 * @param prepared The objective, ready to be trained.
 * @param parts The weights of each part.
 * @param seed Seeds what is drawn anew.
 * @returns The weights to start from.
 * @throws {RangeError} If a weight has another shape, or a part has none of the task's.
 */
export function fitWeights(
  prepared: PreparedObjective,
  parts: ReadonlyMap<PartPath, Weights>,
  seed: number,
): StartingWeights {
  const { scope, frozen = {} } = prepared.task;
  const trained = <T>(all: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !Object.hasOwn(frozen, name)));
  const weights = trained(scope.initialWeights(seed));
  const found = new Map<string, PartPath>();
  for (const [name, shape] of Object.entries(trained(scope.shapes()))) {
    for (const [part, tensors] of parts) {
      const prefix = `${part.split("/")[0]}.`;
      const short = name.startsWith(prefix) ? name.slice(prefix.length) : name;
      const tensor = tensors[name] ?? tensors[short];
      if (tensor === undefined) continue;
      if (tensor.shape.join() !== shape.join()) {
        throw new RangeError(
          `Cannot start from the weights of "${part}": "${short}" is [${tensor.shape}] instead of [${shape}]`,
        );
      }
      weights[name] = tensor;
      found.set(name, part);
      break;
    }
  }
  const used = new Set(found.values());
  for (const part of parts.keys()) {
    if (!used.has(part)) {
      throw new RangeError(
        `Cannot start from the weights of "${part}": they have none of the names that are trained`,
      );
    }
  }
  return { weights, drawn: Object.keys(weights).filter((name) => !found.has(name)) };
}
