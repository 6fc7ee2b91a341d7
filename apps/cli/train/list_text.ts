import type { Objective } from "@codi/core/training";
import { durationText } from "../progress_line.ts";
import { expectedSeconds } from "./expected_seconds.ts";
import { type ObjectiveStatus, objectiveStatus, type StatusPlaces } from "./objective_status.ts";

/**
 * The list of objectives.
 *
 * @param objectives The objectives.
 * @param places Where trained weights may be.
 * @param json Whether it is for programs.
 * @returns What each trains, freezes and sees, how long it takes, and whether it is done.
 */
export async function listText(
  objectives: readonly Objective[],
  places: StatusPlaces,
  json: boolean,
): Promise<string> {
  const rows = await Promise.all(objectives.map(async (objective) => {
    const steps = places.stepsOf(objective);
    const { done, by, steps: taken, paused } = await objectiveStatus(objective, places);
    return {
      objective,
      steps,
      seconds: expectedSeconds(objective, steps),
      done,
      by,
      taken,
      paused,
    };
  }));
  if (json) {
    const plain = rows.map(({ objective: { name, stage, trains, freezes, pairs }, ...rest }) => ({
      name,
      stage,
      trains,
      freezes,
      pairs,
      ...rest,
    }));
    return `${JSON.stringify(plain, null, 2)}\n`;
  }
  return rows.map(({ objective, steps, seconds, taken, ...status }) => {
    const { name, trains, freezes, pairs } = objective;
    const time = seconds === undefined ? "never timed" : `about ${durationText(seconds)}`;
    return `${name}
  trains ${trains.join(", ")}; freezes ${freezes.join(", ") || "nothing"}
  sees ${pairsText(pairs)}; ${steps} steps, ${time}
  ${statusText(name, { ...status, steps: taken }, steps)}
`;
  }).join("");
}

/** Each pair once, whoever is named first, in the order in which they come. */
function pairsText(pairs: Objective["pairs"]): string {
  const known = new Map<string, string>();
  for (const pair of pairs) {
    const key = [...pair].sort().join();
    if (!known.has(key)) known.set(key, pair.join("+"));
  }
  return [...known.values()].join(", ");
}

function statusText(
  name: string,
  { paused, done, by, steps }: Omit<ObjectiveStatus, "files">,
  whole: number,
): string {
  if (paused) return "paused: go on with --resume";
  if (!done) return "not trained";
  if (by !== name) return `done: the weights are of "${by}"`;
  return steps! < whole ? `done, in ${steps} steps of ${whole}` : `done: ${steps} steps`;
}
