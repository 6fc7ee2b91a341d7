import type { Objective, PartPath } from "@codi/core/training";
import { fileExists, readWeights } from "@codi/core/weights";
import { join } from "@std/path";

/** How far an objective is. */
export interface ObjectiveStatus {
  /** Whether its parts have trained weights, its own or those of a later objective. */
  readonly done: boolean;
  /** The objective that made the weights of its parts; undefined if there are none. */
  readonly by: string | undefined;
  /** The steps that were taken for them. */
  readonly steps: number | undefined;
  /** The files of its parts in the folder of a run, if they are the ones that count. */
  readonly files: Readonly<Record<PartPath, string>> | undefined;
  /** Whether the folder of a run has a checkpoint to go on from. */
  readonly paused: boolean;
}

/** Where to look for trained weights. */
export interface StatusPlaces {
  /** Every objective, in order. */
  readonly objectives: readonly Objective[];
  /** The folder of an objective's run. */
  readonly directoryOf: (objective: Objective) => string;
  /** Where the plugins look for a part's weights; undefined if those do not count. */
  readonly installed: ((part: PartPath) => string) | undefined;
  /** The steps of a whole run. */
  readonly stepsOf: (objective: Objective) => number;
}

/**
 * Finds out whether an objective is trained: first in the folder of its run, then where the plugins
 * look for weights.
 *
 * @param objective The objective.
 * @param places Where to look.
 * @param dataset The data set, where a run on another one does not count.
 * @returns How far it is.
 */
export async function objectiveStatus(
  objective: Objective,
  places: StatusPlaces,
  dataset?: string,
): Promise<ObjectiveStatus> {
  const directory = places.directoryOf(objective);
  const ownFile = (part: PartPath) => join(directory, `${part.replace("/", ".")}.safetensors`);
  const found = await madeBy(objective.trains.map(ownFile));
  const own = dataset === undefined || found?.dataset === dataset ? found : undefined;
  const checkpoint = join(directory, "checkpoint.safetensors");
  const paused = await fileExists(checkpoint) &&
    (dataset === undefined || await dataOf(checkpoint) === dataset);
  if (own?.objective === objective.name && own.steps >= places.stepsOf(objective)) {
    const files = Object.fromEntries(objective.trains.map((part) => [part, ownFile(part)]));
    return { done: true, by: own.objective, steps: own.steps, files, paused: false };
  }
  const there = await madeBy(installedPaths(objective, places));
  const facts = { files: undefined, paused };
  if (there === undefined) return { done: false, by: undefined, steps: own?.steps, ...facts };
  // Weights that an earlier objective left are what this one starts from.
  const place = places.objectives.indexOf(objective);
  const earlier = places.objectives.slice(0, place).some((other) =>
    other.name === there.objective && other.trains.some((part) => objective.trains.includes(part))
  );
  return { done: !earlier && !paused, by: there.objective, steps: there.steps, ...facts };
}

/** Where the plugins look for the weights of all parts; none if one of them names no file. */
function installedPaths(objective: Objective, { installed }: StatusPlaces): string[] {
  if (installed === undefined) return [];
  try {
    return objective.trains.map(installed);
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

/** The data set of a checkpoint; undefined if it does not tell, or is broken. */
async function dataOf(checkpoint: string): Promise<string | undefined> {
  try {
    return (await readWeights(checkpoint)).metadata["data set"];
  } catch {
    return undefined;
  }
}

/** What made some files. */
interface Made {
  readonly objective: string;
  readonly steps: number;
  /** The name of the data set. */
  readonly dataset: string | undefined;
}

/** The objective that made all of some files, its steps and data; undefined if one is missing. */
async function madeBy(paths: readonly string[]): Promise<Made | undefined> {
  let made: Made | undefined;
  for (const path of paths) {
    try {
      const { metadata } = await readWeights(path);
      const { objective, steps, dataset } = metadata;
      if (objective === undefined) return undefined;
      made ??= { objective, steps: Number(steps ?? 0), dataset };
    } catch {
      return undefined; // missing or broken: to be trained
    }
  }
  return made;
}
