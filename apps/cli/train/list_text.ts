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
      seconds: expectedSeconds(objective.name, steps),
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
  sees ${pairs.map((pair) => pair.join("+")).join(", ")}; ${steps} steps, ${time}
  ${statusText(name, { ...status, steps: taken })}
`;
  }).join("");
}

function statusText(name: string, status: Omit<ObjectiveStatus, "files">): string {
  if (status.paused) return "paused: go on with --resume";
  if (!status.done) return "not trained";
  return status.by === name
    ? `done: ${status.steps} steps`
    : `done: the weights are of "${status.by}"`;
}
