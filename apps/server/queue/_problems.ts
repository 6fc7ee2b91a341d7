import { Problem, type ProblemDocument } from "../problem.ts";

/** What a queue says that takes no more. */
export function queueFull(waiting: number): Problem {
  return new Problem(
    "queue-full",
    `${waiting} generations wait already; try again later`,
    { headers: { "Retry-After": "10" } },
  );
}

/** What a queue says of a known key with another request. */
export function idempotencyMismatch(): Problem {
  return new Problem(
    "idempotency-mismatch",
    "The Idempotency-Key was used with another request; take a new key",
  );
}

/** Why a job fails that came to no end again and again; the log has the reason under its id. */
export function tooManyAttempts(id: string, attempts: number): ProblemDocument {
  return new Problem(
    "generation-failed",
    `It failed each of the ${attempts} times that it was tried, for a reason that lies with the server`,
    { instance: `/v1/generations/${id}` },
  ).document;
}
