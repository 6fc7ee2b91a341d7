import { join } from "@std/path";
import type { Device } from "../runtime/mod.ts";
import type { Tensor } from "../tensor/mod.ts";
import { readWeights, writeWeights } from "../weights/mod.ts";
import { type Dataset, type Pairs, pairsOf } from "./dataset.ts";
import type { Objective, PartPath } from "./objective.ts";
import { train, type TrainOptions } from "./train.ts";

/** How an objective is run. */
export interface RunObjectiveOptions
  extends Partial<Omit<TrainOptions, "directory" | "now" | "frozen" | "run">> {
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
 * parts are read, never written, and samples are seen only as the objective declares them.
 *
 * A signal that is given during the preparation rejects with its reason; one that is given later
 * pauses the training, as in {@linkcode train}, and the weights so far are written.
 *
 * @param objective What to train; its settings hold unless the options say otherwise.
 * @param options On what, where, and how long.
 * @returns Where the weights are.
 * @throws {RangeError} If the objective asks for samples or weights that it did not declare, or gives
 * weights of parts that it does not train; if it is to go on from a run on other data or with another seed.
 * @throws {Deno.errors.NotFound} If the weights of a frozen part are missing.
 * @throws The signal's reason, if it is given before the first step.
 *
 * @example An objective that learns one number
 * ```ts
 * import { input, mse } from "@codi/core/graph";
 * import { Scope } from "@codi/core/nn";
 * import { openDevice } from "@codi/core/runtime";
 * import { type Dataset, type Objective, runObjective } from "@codi/core/training";
 * import { tensor } from "@codi/core/tensor";
 * import { readWeights } from "@codi/core/weights";
 * import { assertEquals } from "@std/assert";
 *
 * const dataset = {
 *   name: "ones",
 *   modalities: ["number"],
 *   size: () => 4,
 *   sample: () => Promise.resolve(1),
 * } as unknown as Dataset;
 * const objective: Objective = {
 *   name: "autoencode number",
 *   stage: "autoencode",
 *   trains: ["number/autoencoder"],
 *   freezes: [],
 *   pairs: [["number"]],
 *   options: { steps: 5 },
 *   prepare: ({ pairs }) => {
 *     const scope = new Scope();
 *     const loss = mse(scope.parameter("guess", [1], "zeros"), input("number", [1]));
 *     const batch = async (step: number) => ({
 *       number: tensor([1], Float32Array.of(await pairs.sample("number", "train", step) as number)),
 *     });
 *     return Promise.resolve({
 *       task: { scope, traced: { loss }, batchSize: 1, batch },
 *       finish: (tensors) =>
 *         Promise.resolve({ "number/autoencoder": { tensors: { ...tensors }, metadata: {} } }),
 *     });
 *   },
 * };
 * const directory = await Deno.makeTempDir();
 * await using device = openDevice({ threads: 1 });
 * const { finished, files } = await runObjective(objective, {
 *   dataset,
 *   directory,
 *   device,
 *   now: () => performance.now(),
 *   locate: (part) => `${directory}/${part}`,
 * });
 * assertEquals(finished, true);
 * const { metadata } = await readWeights(files["number/autoencoder"]!);
 * assertEquals([metadata["dataset"], metadata["steps"]], ["ones", "5"]);
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export async function runObjective(
  objective: Objective,
  options: RunObjectiveOptions,
): Promise<ObjectiveResult> {
  const { dataset, directory, device, locate, seed = 0, onProgress = () => {} } = options;
  const cache = join(directory, "cache");
  await Deno.mkdir(cache, { recursive: true });
  const shown = guardedPairs(objective, dataset);
  const digests = new Map<string, Promise<string>>();
  const digested = (parts: readonly PartPath[]) => {
    const key = parts.join();
    if (!digests.has(key)) digests.set(key, digestOf(parts.map(locate)));
    return digests.get(key)!;
  };
  const prepared = await objective.prepare({
    get pairs() {
      return shown.pairs; // throws when it is asked for, not before
    },
    pair: shown.pair,
    size: dataset.size("train"),
    device,
    seed,
    steps: options.steps ?? objective.options.steps,
    onProgress,
    signal: options.signal,
    weights: async (part) => {
      if (!objective.freezes.includes(part) && objective.startsFrom !== part) {
        throw new RangeError(
          `Cannot give the weights of "${part}" to the objective "${objective.name}": it freezes ${
            quoted(objective.freezes)
          }`,
        );
      }
      return (await readWeights(locate(part))).tensors;
    },
    cached: async (key, compute, parts = objective.freezes) =>
      await cachedTensor(
        cache,
        { key, dataset: dataset.name, frozen: await digested(parts) },
        compute,
      ),
  });
  options.signal?.throwIfAborted();
  const result = await train(prepared.task, {
    ...objective.options,
    ...options,
    run: { "data set": dataset.name, seed: String(seed) },
  });
  const finished = Object.entries(await prepared.finish(result.weights));
  for (const [part] of finished) {
    if (!objective.trains.includes(part as PartPath)) {
      throw new RangeError(
        `Cannot write the weights of "${part}": the objective "${objective.name}" trains ${
          quoted(objective.trains)
        }`,
      );
    }
  }
  const files: Record<PartPath, string> = {};
  for (const [part, { tensors, metadata }] of finished) {
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

/** What an objective may see: everything it declared where all of it is paired, or one pair at a time. */
function guardedPairs(
  { name, pairs, prompted = [] }: Objective,
  dataset: Dataset,
): { readonly pairs: Pairs; readonly pair: (first: string, second?: string) => Pairs } {
  const among = (declared: Objective["pairs"], first: string, second: string) =>
    declared.some((pair) => pair.includes(first) && pair.includes(second));
  const all = [...new Set(pairs.flat())];
  return {
    get pairs() {
      for (const first of all) {
        // What only prompts is no part of it: it is seen with one modality at a time.
        const second = all.find((other) => other !== first && !among(pairs, first, other));
        if (second !== undefined || prompted.length > 0) {
          throw new RangeError(
            `Cannot show all modalities to the objective "${name}" at once: "${first}" and "${
              second ?? prompted[0]![0]
            }" are no pair that it declared, so it takes one pair at a time`,
          );
        }
      }
      return pairsOf(dataset, name, all);
    },
    pair: (first, second = first) => {
      if (!among([...pairs, ...prompted], first, second)) {
        throw new RangeError(
          `Cannot show "${first}" with "${second}" to the objective "${name}": it declared ${
            pairs.map((pair) => `"${pair.join("+")}"`).join(", ")
          }`,
        );
      }
      return pairsOf(dataset, name, [first, second]);
    },
  };
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ") || "nothing";
}

/** The SHA-256 of some files, one after the other. */
async function digestOf(paths: readonly string[]): Promise<string> {
  const digests = await Promise.all(
    paths.map(async (path) => await crypto.subtle.digest("SHA-256", await Deno.readFile(path))),
  );
  return digests.map((bytes) => new Uint8Array(bytes).toHex()).join(" ");
}

/** The tensor of a file that was made of the same, or a new one, which then takes its place. */
async function cachedTensor(
  directory: string,
  made: Readonly<Record<string, string>> & { readonly key: string },
  compute: () => Promise<Tensor>,
): Promise<Tensor> {
  const path = join(directory, `${made.key.replaceAll(/[^a-z0-9]+/gi, "-")}.safetensors`);
  try {
    const { tensors, metadata } = await readWeights(path);
    const isSame = Object.entries(made).every(([name, value]) => metadata[name] === value);
    if (isSame && tensors["value"]) return tensors["value"];
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof SyntaxError)) throw error;
  }
  const value = await compute();
  await writeWeights(path, { value }, { dtype: "float32", metadata: made });
  return value;
}
