import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { openSqliteQueue } from "../queue/sqlite_queue.ts";
import { generationSchema } from "../requests/schema.ts";
import { testFolder } from "../server_testing.ts";
import { EventLog } from "./event_log.ts";

Deno.test("EventLog remembers the newest preview of what runs, and none of what is over", async () => {
  await using folder = await testFolder();
  const limits = { waiting: 10, resultSeconds: 3600, forgetSeconds: 3600 };
  await using queue = openSqliteQueue(join(folder.path, "queue.sqlite"), limits);
  using log = new EventLog(queue);
  const spec = {
    ...generationSchema.parse({ to: ["image"], steps: 2 }),
    ...{ prompts: [], follow: {}, keep: {}, seed: 1 },
    ...{ guidance: undefined, environment: undefined, candidates: undefined },
  };
  await queue.add({ id: "a", owner: "", spec, bytes: 0 });
  const first = log.last;
  const [lease] = await queue.take({ modalities: ["image"], samples: 8 });
  for (const step of [1, 2]) {
    await lease!.step(step);
    await lease!.preview({ step, steps: 2, outputs: [] });
  }
  const types = () => log.after("a", first)!.map(({ change }) => change.type);
  assertEquals(types(), ["state", "step", "step", "preview"]);
  await lease!.finish({ notices: [], outputs: [] });
  assertEquals(types(), ["state", "step", "step", "state"]);
});
