import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { startScript, startServer } from "./process_testing.ts";
import { permissions } from "./process_testing.ts";
import { testFolder, words } from "./server_testing.ts";
import { sha256 } from "./sha256.ts";

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}

Deno.test("deno task serve loses nothing that it has accepted when it is killed", async () => {
  await using folder = await testFolder();
  const first = await startServer(folder.path, ["--batch", "1"]);
  const ids: string[] = [];
  for (let seed = 0; seed < 4; seed++) {
    const { id } = await first.generate({
      prompts: [words("a bell")],
      to: ["image"],
      seed,
      steps: 40,
    });
    ids.push(id);
  }
  while ((await first.get(ids[1]!)).step < 2) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const before = await Promise.all(ids.map((id) => first.get(id)));
  await first.end("SIGKILL");
  const [done, running, waiting] = before.map(({ status }) => status);
  assertEquals([done, running, waiting], ["done", "running", "waiting"]);
  assert(!await exists(join(folder.path, "files", ids[1]!, "out-1")));

  const second = await startServer(folder.path, ["--batch", "1"]);
  for (const id of ids) {
    const { status, outputs } = await second.over(id);
    assertEquals([status, outputs.length], ["done", 1]);
    const bytes = await (await fetch(second.url + outputs[0]!.url)).bytes();
    assertEquals(await sha256(bytes), outputs[0]!.sha256);
  }
  assertEquals(await second.get(ids[0]!), before[0]); // what was done is not done again
  const { generations } = await (await fetch(`${second.url}/v1/generations`)).json();
  assertEquals(generations.length, 4);

  // A gentle end puts back what runs, and leaves within its grace.
  const { id } = await second.generate({ to: ["image"], steps: 200 });
  while ((await second.get(id)).step < 1) await new Promise((resolve) => setTimeout(resolve, 5));
  const other = startScript("main.ts", permissions(folder.path), [
    "--port",
    "0",
    "--data",
    folder.path,
  ]);
  const error: Error = await other.then(() => new Error("it started"), (error) => error);
  assertStringIncludes(error.message, "The process ended");
  assertEquals(await second.end("SIGTERM"), 0);
  const third = await startServer(folder.path, ["--grace-seconds", "600"]);
  while ((await third.get(id)).step < 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assertEquals(await third.end("SIGTERM"), 0); // this time it may end what runs
  const fourth = await startServer(folder.path);
  assertEquals((await fourth.get(id)).status, "done");
  assertEquals(await fourth.end("SIGTERM"), 0);
});
