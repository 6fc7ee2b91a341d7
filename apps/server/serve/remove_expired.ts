import type { JobQueue } from "../queue/queue.ts";
import type { BlobStore } from "../store/store.ts";

/**
 * Marks as expired whose time is over and removes their files, uploads and results.
 *
 * @param queue Where jobs are.
 * @param store Where their files are.
 * @param now The time, in milliseconds since 1970.
 * @returns When it is done.
 */
export async function removeExpired(
  queue: JobQueue,
  store: BlobStore,
  now: number,
): Promise<void> {
  for (const id of await queue.expire(now)) await store.remove(`${id}/`);
}
