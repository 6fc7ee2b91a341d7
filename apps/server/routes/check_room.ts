import { Problem } from "../problem.ts";
import type { Services } from "./environment.ts";

/**
 * Refuses a request while there is no room for it, before it is read.
 *
 * @param services The queue, and the limits on memory and disk.
 * @param bytes How large the request says it is.
 * @throws {Problem} If the disk or the memory is full.
 */
export async function checkRoom(
  { queue, config }: Pick<Services, "queue" | "config">,
  bytes: number,
): Promise<void> {
  const counts = await queue.counts();
  const later = (detail: string, seconds: number) =>
    new Problem("unavailable", detail, { headers: { "Retry-After": String(seconds) } });
  if (counts.bytes + bytes > config.storeBytes) {
    throw later("The results of earlier generations fill the disk; some expire soon", 600);
  }
  if (Deno.memoryUsage().rss > config.memoryBytes) {
    throw later("The memory is full; try again later", 30);
  }
}
