import { assert, assertEquals } from "@std/assert";
import { dirname, fromFileUrl, join } from "@std/path";
import { startScript, startServer } from "./process_testing.ts";
import { startRedis, testWithRedis } from "./redis_testing.ts";
import { testFolder, words } from "./server_testing.ts";
import { sha256 } from "./sha256.ts";

const HERE = dirname(fromFileUrl(import.meta.url));

testWithRedis("deno task worker finishes every job once, though one is killed", async () => {
  await using folder = await testFolder();
  await using redis = await startRedis(folder.path);
  await using published = await redis.listen("codi:changes");
  const flags = [
    ...["--no-prompt", "--allow-read", `--allow-write=${folder.path}`, "--allow-ffi"],
    ...["--allow-net=127.0.0.1", "--allow-env", "--allow-sys"],
  ];
  const shared = ["--data", folder.path, "--queue", redis.url, "--lock-seconds", "2"];
  // One machine has text and pictures only.
  const few = join(HERE, "text_and_image_testing.ts");
  const worker = (...args: string[]) =>
    startScript("worker.ts", flags, [...shared, "--threads", "1", "--batch", "2", ...args]);
  const [server, able, limited] = await Promise.all([
    startServer(folder.path, ["--queue", redis.url, "--no-generate"], flags),
    worker(),
    worker("--modalities", few),
  ]);
  const pictures: string[] = [];
  for (let seed = 0; seed < 10; seed++) {
    const body = { prompts: [words("a bell")], to: ["image"], seed, steps: 50 };
    pictures.push((await server.generate(body)).id);
  }
  const count = (status: string, id?: string) =>
    published.messages.filter((message) =>
      message.type === "state" && message.status === status && (id ?? message.id) === message.id
    ).length;
  // Both are in the middle of something.
  while (count("running") < 4) await new Promise((resolve) => setTimeout(resolve, 10));
  await able.end("SIGKILL");
  const sound = (await server.generate({ to: ["audio"], steps: 2 })).id;
  for (const id of pictures) assertEquals((await server.over(id)).status, "done");
  assertEquals((await server.get(sound)).status, "waiting"); // nobody is there who could
  const second = await worker();
  assertEquals((await server.over(sound)).status, "done");

  const ids = [...pictures, sound];
  // A record says that a job is done a moment before everybody is told.
  while (ids.some((id) => count("done", id) === 0)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assertEquals(ids.map((id) => count("done", id)), ids.map(() => 1));
  assert(ids.some((id) => count("running", id) > 1), "the killed one had no job");
  for (const id of ids) {
    const { outputs } = await server.get(id);
    assertEquals(outputs.length, 1);
    const bytes = await (await fetch(server.url + outputs[0]!.url)).bytes();
    assertEquals(await sha256(bytes), outputs[0]!.sha256);
  }
  const { generations } = await (await fetch(`${server.url}/v1/generations?limit=100`)).json();
  assertEquals(generations.map(({ id }: { id: string }) => id), ids.toReversed());
  // What is cancelled is not run.
  const cancelled = (await server.generate({ to: ["image"], steps: 200 })).id;
  while ((await server.get(cancelled)).step < 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await (await fetch(`${server.url}/v1/generations/${cancelled}`, { method: "DELETE" })).body!
    .cancel();
  assertEquals((await server.over(cancelled)).status, "cancelled");
  const next = await server.over((await server.generate({ to: ["image"], steps: 1 })).id);
  assertEquals(next.status, "done");
  assertEquals(await Promise.all([server, second, limited].map(({ end }) => end("SIGTERM"))), [
    0,
    0,
    0,
  ]);
  assertEquals(ids.map((id) => count("done", id)), ids.map(() => 1)); // still
});
