import { Problem } from "../problem.ts";
import type { Job } from "../queue/job.ts";
import type { JobQueue } from "../queue/queue.ts";

/**
 * The job of an id, if it is its owner who asks.
 *
 * @param queue Where jobs are.
 * @param id The id.
 * @param owner Who asks.
 * @returns The job.
 * @throws {Problem} If there is none, or it has expired.
 */
export async function findJob(queue: JobQueue, id: string, owner: string): Promise<Job> {
  const job = await queue.get(id);
  // Whoever does not own a job must not even learn that it exists.
  if (job === undefined || job.owner !== owner) {
    throw new Problem("not-found", `There is no generation "${id.slice(0, 60)}"`);
  }
  if (job.status === "expired") {
    throw new Problem("expired", "The results of this generation have been removed");
  }
  return job;
}
