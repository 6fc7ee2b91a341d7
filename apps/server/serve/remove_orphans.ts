import type { JobQueue } from "../queue/queue.ts";
import type { BlobStore } from "../store/store.ts";

/** The ids of jobs: nothing else in a store is touched, whoever put it there. */
const ID = /^[0-9a-f]{32}$/;

/**
 * Removes files that belong to no job: uploads of requests that a process did not live to accept, and
 * files of expired jobs that it did not live to remove.
 *
 * @param queue Where jobs are; all that use the store are in it.
 * @param store Where their files are.
 * @param before Only what was put there before, in milliseconds since 1970: a request may be on its way.
 * @returns How many folders were removed.
 */
export async function removeOrphans(
  queue: JobQueue,
  store: BlobStore,
  before: number,
): Promise<number> {
  let removed = 0;
  for (const { name, changedAt } of await store.folders()) {
    if (!ID.test(name) || changedAt >= before) continue;
    const job = await queue.get(name);
    if (job !== undefined && job.status !== "expired") continue;
    await store.remove(`${name}/`);
    removed++;
  }
  return removed;
}
