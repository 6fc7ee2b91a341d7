import { assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, fromFileUrl, join } from "@std/path";
import { permissions } from "../process_testing.ts";
import { testFolder } from "../server_testing.ts";
import { parseServeArguments } from "./command_line.ts";

const HERE = dirname(fromFileUrl(import.meta.url));
const ROOT = join(HERE, "../../..");

/** What a task of the workspace runs. */
async function commandOf(task: string): Promise<{ flags: string[]; script: string }> {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const [deno, run, ...rest]: string[] = tasks[task].command.split(" ");
  assertEquals([deno, run], ["deno", "run"]);
  return { flags: rest.filter((word) => word.startsWith("--")), script: rest.at(-1)! };
}

Deno.test("deno task serve has the permissions that it needs, and no more", async () => {
  const { host, port, data, open } = parseServeArguments([]);
  assertEquals([host, open], ["127.0.0.1", false]);
  const { flags, script } = await commandOf("serve");
  assertEquals(script, "apps/server/main.ts");
  // Those under which the tests run real servers, but for the port: no programs, no other network,
  // no files written elsewhere.
  const needed = permissions(data).map((flag) =>
    flag === "--allow-net=127.0.0.1" ? `--allow-net=${host}:${port}` : flag
  );
  assertEquals(flags.sort(), needed.sort());
  assertEquals(flags.some((flag) => /^--allow-(run|all|sys|import)|^-A/.test(flag)), false);
});

Deno.test("deno task serve says what to do where it may not listen", async () => {
  await using folder = await testFolder();
  const { flags } = await commandOf("serve");
  const own = flags.map((flag) =>
    flag.startsWith("--allow-write") ? `--allow-write=${folder.path}` : flag
  );
  const { code, stderr } = await new Deno.Command("deno", {
    args: [
      ...["run", ...own, join(ROOT, "apps/server/main.ts"), "--data", folder.path],
      ...["--port", "8001", "--threads", "1"],
    ],
  }).output();
  assertEquals(code, 2);
  assertStringIncludes(
    new TextDecoder().decode(stderr),
    "Cannot listen on 127.0.0.1:8001: the task allows 127.0.0.1:8000 only; docs/server.md says",
  );
});
