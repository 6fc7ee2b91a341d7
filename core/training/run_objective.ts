import { join } from "@std/path";
import type { Device } from "../runtime/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import { readWeights, writeWeights } from "../weights/mod.ts";
import { type Dataset, pairsOf } from "./dataset.ts";
import type { Objective, PartPath } from "./objective.ts";
import { train, type TrainOptions } from "./train.ts";

/** How an objective is run. */
export interface RunObjectiveOptions
  extends Partial<Omit<TrainOptions, "directory" | "now" | "frozen" | "onCheckpoint">> {
  /** What it is trained on. */
  readonly dataset: Dataset;
  /** Where checkpoint, log, cache and trained weights are kept. */
  readonly directory: string;
  /** Milliseconds since some fixed moment; the caller's clock. */
  readonly now: () => number;
  /** Where frozen networks run. */
  readonly device: Device;
  /** The file that holds a part's weights. */
  readonly locate: (part: PartPath) => string;
  /** Facts to keep with the weights, for example the shared space. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Told what is going on before the first step. */
  readonly onProgress?: (message: string) => void;
}

/** What a run of an objective left. */
export interface ObjectiveResult {
  /** How many steps were taken. */
  readonly step: number;
  /** Whether all steps were taken. */
  readonly finished: boolean;
  /** The file written for each part. */
  readonly files: Readonly<Record<PartPath, string>>;
}

/**
 * Trains an objective for a while and writes its parts' weights, in float16, to its directory. Frozen
 * parts are read, never written.
 *
 * @param objective What to train.
 * @param options On what, where, and how long.
 * @returns Where the weights are.
 */
export async function runObjective(
  objective: Objective,
  options: RunObjectiveOptions,
): Promise<ObjectiveResult> {
  const { dataset, directory, device, locate, seed = 0, onProgress = () => {} } = options;
  await Deno.mkdir(join(directory, "cache"), { recursive: true });
  const allowed = [...new Set(objective.pairs.flat())];
  const prepared = await objective.prepare({
    pairs: pairsOf(dataset, objective.name, allowed),
    size: dataset.size("train"),
    device,
    seed,
    onProgress,
    weights: async (part) => (await readWeights(locate(part))).tensors,
    cached: (key, compute) => cachedTensor(join(directory, "cache"), key, compute),
  });
  const result = await train(prepared.task, { ...objective.options, ...options });
  const files: Record<PartPath, string> = {};
  for (
    const [part, { tensors, metadata }] of Object.entries(await prepared.finish(result.weights))
  ) {
    const path = join(directory, `${part.replace("/", ".")}.safetensors`);
    await writeWeights(path, tensors, {
      dtype: "float16",
      metadata: {
        ...options.metadata,
        ...metadata,
        objective: objective.name,
        dataset: dataset.name,
        steps: String(result.step),
        seed: String(seed),
      },
    });
    files[part as PartPath] = path;
  }
  return { step: result.step, finished: result.finished, files };
}

async function cachedTensor(
  directory: string,
  key: string,
  compute: () => Promise<Tensor>,
): Promise<Tensor> {
  const path = join(directory, `${key.replaceAll(/[^a-z0-9]+/gi, "-")}.safetensors`);
  try {
    const { tensors, metadata } = await readWeights(path);
    if (metadata["key"] === key && tensors["value"]) return tensors["value"];
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof SyntaxError)) throw error;
  }
  const value = await compute();
  await writeWeights(path, { value }, { dtype: "float32", metadata: { key } });
  return value;
}
