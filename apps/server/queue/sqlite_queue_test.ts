import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { requestOf } from "../runner/run_record.ts";
import { testFolder } from "../server_testing.ts";
import { ALL, CHECKED, checkQueue, problemOf, specOf } from "./queue_testing.ts";
import { batchKeyOf, type JobSpec } from "./job.ts";
import type { JobChange } from "./queue.ts";
import { openSqliteQueue, type SqliteQueueOptions } from "./sqlite_queue.ts";

const OPTIONS: SqliteQueueOptions = { waiting: 5, resultSeconds: 10, forgetSeconds: 100 };
function job(id: string, changes: Partial<JobSpec> = {}) {
  return { id, owner: "", spec: specOf(changes), bytes: 0 };
}

Deno.test("openSqliteQueue() keeps what every queue keeps", async () => {
  await using folder = await testFolder();
  await using queue = openSqliteQueue(join(folder.path, "q"), CHECKED);
  await checkQueue(queue);
});

Deno.test("take() gives the oldest jobs that the taker can do and that fit together", async () => {
  await using folder = await testFolder();
  await using queue = openSqliteQueue(join(folder.path, "q"), OPTIONS);
  await queue.add(job("sound", { to: ["audio"] }));
  await queue.add(job("one", { seed: 1 }));
  await queue.add(job("slower", { steps: 3 }));
  await queue.add(job("two", { seed: 2, count: 7 }));
  await queue.add(job("three", { seed: 3 }));
  const take = async (modalities: string[]) =>
    (await queue.take({ modalities, samples: 8 })).map(({ job }) => job.id);
  assertEquals(await take(["image"]), ["one", "two"]); // a third one would be above eight samples
  assertEquals(await take(["image"]), ["slower"]);
  assertEquals(await take(["image"]), ["three"]);
  assertEquals(await take(["image"]), []);
  assertEquals(await take(["audio", "image"]), ["sound"]);
});

Deno.test("batchKeyOf() tells apart what changes all samples of a batch", () => {
  const key = batchKeyOf(specOf({ to: ["image", "audio"], guidance: { image: 2, audio: 3 } }));
  assertEquals(
    batchKeyOf(specOf({ to: ["audio", "image"], guidance: { audio: 3, image: 2 }, seed: 9 })),
    key,
  );
  assert(batchKeyOf(specOf({ to: ["image", "audio"] })) !== key);
  const tried = [undefined, 1, 2, { image: 2 }, { image: 3 }, { audio: 2, image: 3 }]
    .map((candidates) => batchKeyOf(specOf({ candidates })));
  assertEquals(new Set(tried).size, tried.length);
  assertEquals(batchKeyOf(specOf({ candidates: { image: 3, audio: 2 } })), tried.at(-1));
  assert(batchKeyOf(specOf({ environment: 2 })) !== tried[2]);
  assert(batchKeyOf(specOf({ decoding: { text: { a: 1 } } })) !== batchKeyOf(specOf()));
  const file = (sha256: string) => ({ upload: { key: "", mediaType: "", bytes: 1, sha256 } });
  const keys = [
    { keep: { image: { ...file("a"), region: "0,0,8,8" } } },
    { keep: { image: { ...file("a"), region: "0,0,8,16" } } },
    { keep: { image: { ...file("a"), mask: file("b") } } },
    { keep: { image: { ...file("a"), mask: file("c") } } },
    { keep: { image: { ...file("d"), mask: file("c") } } },
    { follow: { image: file("a") } },
  ].map((spec) => batchKeyOf(specOf(spec)));
  assertEquals(new Set(keys).size, keys.length);
});

Deno.test("openSqliteQueue() runs again what was running when the process ended", async () => {
  await using folder = await testFolder();
  const path = join(folder.path, "q");
  {
    await using queue = openSqliteQueue(path, OPTIONS);
    await queue.add(job("running"));
    await queue.add(job("waiting", { steps: 3 }));
    await queue.take(ALL);
    assertEquals((await queue.get("running"))!.status, "running");
  }
  await using queue = openSqliteQueue(path, OPTIONS);
  assertEquals((await queue.get("running"))!.status, "waiting");
  assertEquals(await queue.position("running"), 0);
  assertEquals(await queue.position("waiting"), 1);
  const [lease] = await queue.take(ALL);
  assertEquals([lease!.job.id, lease!.job.attempts], ["running", 2]);
});

Deno.test("openSqliteQueue() goes on with what was stored before there were candidates", async () => {
  await using folder = await testFolder();
  const path = join(folder.path, "q");
  {
    await using queue = openSqliteQueue(path, OPTIONS);
    await queue.add(job("old"));
  }
  const database = new DatabaseSync(path);
  const { spec } = database.prepare("SELECT spec FROM jobs").get() as { spec: string };
  assert(!spec.includes("candidates"), spec);
  const key = '[["image"],2,"dpm++",0,"unit",null,null,[],[],[]]';
  database.prepare("UPDATE jobs SET batchKey = ?").run(key);
  database.close();
  await using queue = openSqliteQueue(path, OPTIONS);
  await queue.add(job("new", { candidates: 2 }));
  const [old, ...beside] = await queue.take(ALL);
  assertEquals([old!.job.id, old!.job.spec.candidates, beside], ["old", undefined, []]);
  assertEquals("candidates" in requestOf(old!.job.spec, []), false);
  const [lease] = await queue.take(ALL);
  assertEquals([lease!.job.id, lease!.job.spec.candidates], ["new", 2]);
});

Deno.test("openSqliteQueue() gives up on a job with which the process went down again and again", async () => {
  await using folder = await testFolder();
  const path = join(folder.path, "q");
  for (let time = 0; time < 5; time++) {
    await using queue = openSqliteQueue(path, OPTIONS);
    if (time === 0) await queue.add(job("deadly"));
    assertEquals((await queue.take(ALL)).length, 1);
  }
  await using queue = openSqliteQueue(path, OPTIONS);
  const found = (await queue.get("deadly"))!;
  assertEquals([found.status, found.error!.type], ["failed", "urn:codi:problem:generation-failed"]);
});

Deno.test("openSqliteQueue() refuses a file that another server uses", async () => {
  await using folder = await testFolder();
  await using _first = openSqliteQueue(join(folder.path, "q"), OPTIONS);
  const error = assertThrows(() => openSqliteQueue(join(folder.path, "q"), OPTIONS), Error);
  assert(error.message.includes("another server uses it"), error.message);
});

Deno.test("openSqliteQueue() refuses a file of another version", async () => {
  await using folder = await testFolder();
  const path = join(folder.path, "q");
  await openSqliteQueue(path, OPTIONS)[Symbol.asyncDispose]();
  const database = new DatabaseSync(path);
  database.exec("PRAGMA user_version = 77");
  database.close();
  const error = assertThrows(() => openSqliteQueue(path, OPTIONS), Error);
  assert(error.message.includes("version 77"), error.message);
});

Deno.test("add() is bounded, and takes a request with a known key once only", async () => {
  await using folder = await testFolder();
  await using queue = openSqliteQueue(join(folder.path, "q"), OPTIONS);
  const keyed = (id: string, digest: string) => ({
    ...job(id),
    idempotency: { key: "k", digest },
  });
  assertEquals((await queue.add(keyed("a", "1"))).created, true);
  const again = await queue.add(keyed("b", "1"));
  assertEquals([again.created, again.job.id], [false, "a"]);
  assertEquals(await problemOf(queue.add(keyed("c", "2"))), "idempotency-mismatch");
  assertEquals((await queue.add({ ...keyed("d", "2"), owner: "somebody" })).created, true);
  for (const id of ["e", "f", "g"]) await queue.add(job(id));
  assertEquals(await problemOf(queue.add(job("h"))), "queue-full");
  assertEquals((await queue.add(keyed("i", "1"))).job.id, "a"); // known ones take no room
});

Deno.test("finish() does nothing for a job that was cancelled meanwhile", async () => {
  await using folder = await testFolder();
  await using queue = openSqliteQueue(join(folder.path, "q"), OPTIONS);
  await queue.add(job("a"));
  const [lease] = await queue.take(ALL);
  await queue.cancel("a");
  assert(lease!.signal.aborted);
  assertEquals(await lease!.finish({ notices: [], outputs: [] }), false);
  await lease!.step(1);
  const found = (await queue.get("a"))!;
  assertEquals([found.status, found.step], ["cancelled", 0]);
});

Deno.test("release() puts a job before all that wait, without counting the attempt", async () => {
  await using folder = await testFolder();
  await using queue = openSqliteQueue(join(folder.path, "q"), OPTIONS);
  await queue.add(job("a"));
  await queue.add(job("b", { steps: 3 }));
  const changes: JobChange[] = [];
  queue.onChange((change) => changes.push(change));
  const [lease] = await queue.take(ALL);
  await lease!.release();
  const [again] = await queue.take(ALL);
  assertEquals([again!.job.id, again!.job.attempts], ["a", 1]);
  assertEquals(changes.map((change) => change.type === "state" && change.job.status), [
    "running",
    "waiting",
    "running",
  ]);
});

Deno.test("expire() frees what is old, and forgets it later", async () => {
  await using folder = await testFolder();
  let now = 1000;
  await using queue = openSqliteQueue(join(folder.path, "q"), { ...OPTIONS, now: () => now });
  await queue.add({ ...job("a"), bytes: 10 });
  const [lease] = await queue.take(ALL);
  const output = {
    name: "image",
    modality: "image",
    sample: 0,
    mediaType: "image/png",
    extension: ".png",
    key: "a/out/image.png",
    bytes: 5,
    sha256: "",
  };
  await lease!.finish({ notices: [], outputs: [output] });
  assertEquals((await queue.counts()).bytes, 15);
  assertEquals(await queue.expire(now), []);
  now += 10_000;
  assertEquals(await queue.expire(now), ["a"]);
  assertEquals([(await queue.get("a"))!.status, (await queue.counts()).bytes], ["expired", 0]);
  assertEquals(await queue.expire(now), []);
  await queue.expire(now + 100_000);
  assertEquals(await queue.get("a"), undefined);
});
