import { Problem, type ProblemDocument } from "../problem.ts";

/** What a queue says that takes no more. */
export function queueFull(waiting: number): Problem {
  return new Problem(
    "queue-full",
    `${waiting} generations wait already; try again later`,
    { headers: { "Retry-After": "10" } },
  );
}

/** Why a job fails whose process went down again and again. */
export function tooManyAttempts(attempts: number): ProblemDocument {
  return new Problem(
    "generation-failed",
    `It failed each of the ${attempts} times that it was tried, for a reason that lies with the server`,
  ).document;
}
