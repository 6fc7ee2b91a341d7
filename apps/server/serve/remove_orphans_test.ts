import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { generationSchema } from "../requests/schema.ts";
import { openSqliteQueue } from "../queue/sqlite_queue.ts";
import { testFolder } from "../server_testing.ts";
import { diskStore } from "../store/disk_store.ts";
import { removeExpired } from "./remove_expired.ts";
import { removeOrphans } from "./remove_orphans.ts";

const idOf = (digit: number) => digit.toString().repeat(32);

Deno.test("removeOrphans() removes what belongs to no job, and nothing else", async () => {
  await using folder = await testFolder();
  const limits = { waiting: 10, resultSeconds: 0, forgetSeconds: 3600 };
  await using queue = openSqliteQueue(join(folder.path, "queue.sqlite"), limits);
  const store = diskStore(join(folder.path, "files"));
  const spec = {
    ...generationSchema.parse({ to: ["image"] }),
    ...{ prompts: [], follow: {}, keep: {}, seed: 1 },
    ...{ guidance: undefined, environment: undefined, candidates: undefined },
  };
  const names = [idOf(1), idOf(2), idOf(3), "somebody-elses"];
  for (const name of names) await store.put(`${name}/in/0`, new Uint8Array(3));
  const has = async () => {
    const there = (await store.folders()).map(({ name }) => name);
    return names.map((name) => there.includes(name));
  };
  for (const id of [idOf(1), idOf(2)]) await queue.add({ id, owner: "", spec, bytes: 3 });

  // A request that is on its way has put its files there just now.
  assertEquals(await removeOrphans(queue, store, Date.now() - 60_000), 0);
  assertEquals(await has(), [true, true, true, true]);
  assertEquals(await removeOrphans(queue, store, Date.now() + 60_000), 1);
  assertEquals(await has(), [true, true, false, true]);

  // A job that expired when nobody lived to remove its files.
  await queue.cancel(idOf(1));
  await queue.expire(Date.now() + 1000);
  assertEquals(await removeOrphans(queue, store, Date.now() + 60_000), 1);
  assertEquals(await has(), [false, true, false, true]);

  await queue.cancel(idOf(2));
  await removeExpired(queue, store, Date.now() + 1000);
  assertEquals(await has(), [false, false, false, true]);
  assertEquals(await removeOrphans(queue, diskStore(join(folder.path, "none")), Infinity), 0);
});
