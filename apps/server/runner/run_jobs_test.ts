import { image } from "@codi/image";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type TestServer, testServer, words } from "../server_testing.ts";
import { DEFAULT_CONFIG } from "../config.ts";

async function ask(server: TestServer, body: Record<string, unknown>): Promise<string> {
  const response = await server.generate({ to: ["image"], steps: 3, ...body });
  assertEquals(response.status, 202);
  return (await response.json()).id;
}

async function pictureOf(server: TestServer, id: string) {
  const bytes = await (await server.request(`/v1/generations/${id}/outputs/image`)).bytes();
  return (await image.codec.decode(bytes)).data;
}

async function runOf(server: TestServer, id: string) {
  return await (await server.request(`/v1/generations/${id}/outputs/run`)).json();
}

Deno.test("runJobs() runs jobs that fit together side by side, with the same results", async () => {
  await using server = await testServer();
  const bodies = ["a bell", "a guitar", "a trumpet"].map((text, seed) => ({
    prompts: [words(text)],
    seed,
  }));
  const batched = await Promise.all(bodies.map((body) => ask(server, body)));
  const other = await ask(server, { steps: 2 });
  server.run();
  for (const id of [...batched, other]) assertEquals((await server.over(id)).status, "done");
  const places: number[] = [];
  for (const id of batched) {
    const { batch } = await runOf(server, id);
    assertEquals([batch.samples, batch.jobs], [3, 3]);
    places.push(batch.place);
  }
  assertEquals(places.sort(), [0, 1, 2]);
  assertEquals((await runOf(server, other)).batch, { samples: 1, jobs: 1, place: 0 });
  for (const [index, body] of bodies.entries()) {
    const alone = await ask(server, body);
    await server.over(alone);
    const [a, b] = [await pictureOf(server, batched[index]!), await pictureOf(server, alone)];
    // Pictures are written in 256 steps of 2/255; rounding may move a pixel by one of them.
    const most = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
    assert(most < 0.02, `${most}`);
  }
});

Deno.test("runJobs() goes on with the others of a batch when one is cancelled", async () => {
  await using server = await testServer();
  const ids = [
    await ask(server, { steps: 30, seed: 1 }),
    await ask(server, { steps: 30, seed: 2 }),
  ];
  server.run();
  const step = async (id: string) =>
    (await (await server.request(`/v1/generations/${id}`)).json()).step;
  while (await step(ids[0]!) < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await server.request(`/v1/generations/${ids[0]}`, { method: "DELETE" });
  const { status, outputs } = await server.over(ids[1]!);
  assertEquals([status, outputs.length], ["done", 1]);
  const cancelled = await server.over(ids[0]!);
  assertEquals([cancelled.status, cancelled.outputs], ["cancelled", []]);
  assertEquals((await runOf(server, ids[1]!)).batch.jobs, 2);
  assertEquals(await server.store.get(`${ids[0]}/out-1/image.png`), undefined);
});

Deno.test("runJobs() lets no job suffer for another one of its batch", async () => {
  await using server = await testServer();
  const good = await ask(server, { seed: 1 });
  server.run();
  await server.over(good);
  const output = `/v1/generations/${good}/outputs/image`;
  const blocking = await ask(server, { steps: 20 });
  const broken = await ask(server, { prompts: [{ modality: "image", output }], seed: 2 });
  await server.store.remove(`${broken}/`);
  const fine = await ask(server, { seed: 3 });
  await server.over(blocking);
  assertEquals((await server.over(fine)).status, "done");
  const failed = await server.over(broken);
  assertEquals([failed.status, failed.error!.type], [
    "failed",
    "urn:codi:problem:generation-failed",
  ]);
  assert(!JSON.stringify(failed.error).includes("/in/"), failed.error!.detail);
  assertStringIncludes(server.reports[0]!, "is missing");
});

Deno.test("runJobs() keeps what is done when the files of another one of its batch cannot be", async () => {
  await using server = await testServer();
  const good = await ask(server, { seed: 1 });
  const bad = await ask(server, { seed: 2 });
  const { store } = server;
  const put = store.put.bind(store);
  Object.assign(store, {
    put: (key: string, bytes: Uint8Array<ArrayBuffer>) =>
      key.startsWith(bad) ? Promise.reject(new Error("the disk is full")) : put(key, bytes),
  });
  server.run();
  assertEquals((await server.over(bad)).status, "failed");
  assertEquals((await server.over(good)).status, "done");
  assertEquals((await pictureOf(server, good)).length, 3 * 64 * 64);
});

Deno.test("runJobs() reports why a job cannot be done, and tells its sender that it cannot", async () => {
  await using server = await testServer();
  const { spec } = (await server.queue.get(await ask(server, {})))!;
  const id = "unchecked";
  await server.queue.add({ id, owner: "", bytes: 0, spec: { ...spec, sampler: "ddim", eta: 7 } });
  server.run();
  const { status, error } = await server.over(id);
  assertEquals([status, error!.type, error!.instance], [
    "failed",
    "urn:codi:problem:generation-failed",
    `/v1/generations/${id}`,
  ]);
  assert(!JSON.stringify(error).includes("DDIM"), error!.detail);
  assertEquals(server.reports.length, 5);
  assertStringIncludes(server.reports[0]!, `Cannot finish the generation ${id}: `);
  assertStringIncludes(server.reports[0]!, 'eta "7"');
});

Deno.test("runJobs() keeps nothing of a job whose results take too much of the disk", async () => {
  await using server = await testServer({
    config: { limits: { ...DEFAULT_CONFIG.limits, jobDiskBytes: 1000 } },
  });
  const id = await ask(server, { steps: 1, count: 2 });
  server.run();
  const { status, error, outputs } = await server.over(id);
  assertEquals([status, error!.type, error!.status, outputs], [
    "failed",
    "urn:codi:problem:job-too-large",
    413,
    [],
  ]);
  const [, taken] = /^Its 3 files .* take (\d+) bytes, above the limit of 1000 .*; ask for fewer/
    .exec(error!.detail)!;
  assert(Number(taken) > 1000, taken);
  assertEquals(await server.store.folders(), []);
  assertEquals((await server.queue.counts()).bytes, 0);
  assertEquals(server.reports, []);
});

Deno.test("runJobs() keeps nothing that the disk has no room for beside all else", async () => {
  const limits = { ...DEFAULT_CONFIG.limits, requestBytes: 500 };
  await using server = await testServer({ config: { limits, storeBytes: 1000 } });
  const id = await ask(server, { steps: 1 });
  server.run();
  const { status, error } = await server.over(id);
  assertEquals([status, error!.type], ["failed", "urn:codi:problem:unavailable"]);
  assertStringIncludes(error!.detail, "fill the disk");
  assertEquals(await server.store.folders(), []);
});

Deno.test("runJobs() ends a job that takes too long", async () => {
  await using server = await testServer({
    config: { limits: { ...DEFAULT_CONFIG.limits, jobSeconds: 1 } },
  });
  server.run();
  const slow = await server.over(
    await ask(server, { to: ["video", "image"], steps: 200, count: 8 }),
  );
  assertEquals([slow.status, slow.error!.type], ["failed", "urn:codi:problem:timeout"]);
  assert(slow.step < 200, `${slow.step} steps`);
  assertStringIncludes(slow.error!.detail, "than the 1 seconds");
  assertStringIncludes(slow.error!.detail, "ask for fewer steps");
  // What generates goes on to work.
  const [bell] = await server.generator.embed([
    { modality: "text", bytes: new TextEncoder().encode("a bell") },
  ]);
  assertEquals(bell!.embedding.length, 256);
});

Deno.test("runJobs() does not begin a job that has waited for too long", async () => {
  await using server = await testServer({
    config: { limits: { ...DEFAULT_CONFIG.limits, waitSeconds: 1 } },
  });
  const late = await ask(server, { seed: 1 });
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const fresh = await ask(server, { seed: 2 }); // would run side by side with the other one
  server.run();
  const { status, error, step } = await server.over(late);
  assertEquals([status, error!.type, step], ["failed", "urn:codi:problem:timeout", 0]);
  assertStringIncludes(error!.detail, "more than the 1 seconds that a generation may");
  assertEquals((await server.over(fresh)).status, "done");
  assertEquals((await runOf(server, fresh)).batch.jobs, 1);
});

Deno.test("runJobs() gives each job of a batch that takes too long the time that it may run", async () => {
  await using server = await testServer({
    config: { limits: { ...DEFAULT_CONFIG.limits, jobSeconds: 1 } },
  });
  const sizes: number[] = [];
  server.generator.run = (jobs, _events, signal) => {
    sizes.push(jobs.length);
    if (jobs.length === 1) return Promise.resolve([[]]);
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  };
  const ids = [await ask(server, { seed: 1 }), await ask(server, { seed: 2 })];
  server.run();
  for (const id of ids) assertEquals((await server.over(id)).status, "done");
  assertEquals(sizes, [2, 1, 1]);
  assertEquals(server.reports, []);
});
