/** Checks a queue in Redis, in a process of its own: its client needs wide permissions. */
// deno-lint-ignore-file no-console

import { assert, assertEquals, assertRejects } from "@std/assert";
import { CHECKED, checkQueue } from "./queue_testing.ts";
import { openRedisQueue } from "./redis_queue.ts";

const url = Deno.args[0]!;
const complaints: string[] = [];
const report = (message: string, error: unknown) => void complaints.push(`${message}: ${error}`);
{
  await using queue = await openRedisQueue(url, { ...CHECKED, report });
  await checkQueue(queue);
}
assertEquals(complaints, []);
const nobody = () => openRedisQueue("redis://127.0.0.1:1", { ...CHECKED, report });
const { message } = await assertRejects(nobody, Error);
assert(message.includes('Cannot reach Redis at "127.0.0.1:1"'), message);
console.log("all of it holds");
Deno.exit(0);
