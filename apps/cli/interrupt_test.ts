import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { namesIn, testFolder } from "./_testing.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

Deno.test("Ctrl-C ends the program with 130, and what is finished stays", {
  // Windows has no such signal to send.
  ignore: Deno.build.os === "windows",
}, async () => {
  await using folder = await testFolder();
  const out = join(folder.path, "out");
  const child = new Deno.Command("deno", {
    args: [
      ...["run", "--no-prompt", "--no-check", "--allow-read", "--allow-write", "--allow-ffi"],
      "--allow-env=npm_package_config_libvips,MALLOC_ARENA_MAX,TERM,TERM_PROGRAM,KITTY_WINDOW_ID",
      ...["apps/cli/main.ts", "generate", "a yellow drum", "--count=1000", "--steps=2"],
      ...["--seed=1", "--threads=1", "--out", out],
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [printed, told] = [child.stdout, child.stderr].map((pipe) => new Response(pipe).text());
  let ended = false;
  child.status.then(() => ended = true);
  // Until eight samples of a thousand are there.
  while (!ended && !(await namesIn(out)).includes("image-8.png")) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  // As a terminal and `deno task` do for one Ctrl-C.
  for (let echo = 0; echo < 3; echo++) {
    child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { code, signal } = await child.status;
  assertEquals([code, signal], [130, null], await told);
  const { count, finished, outputs } = JSON.parse(await Deno.readTextFile(join(out, "run.json")));
  assert(count === 1000 && finished >= 8 && finished < 1000, `${finished}`);
  assertEquals(outputs.length, finished);
  assertEquals((await printed)!.trim().split("\n").length, finished, "each is told of");
  assertEquals((await namesIn(out)).length, finished + 1, "and no half of one is left");
  const kept = (await told)!.split("\n").filter((line) => !/^[╭│╰]/.test(line)).join("\n").trim();
  assert(kept.includes(`Kept ${finished} of 1000 samples`), kept);
});
