import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";

// In a process of its own, for this one also holds what other tests have left. The whole measurement,
// 2000 steps against 200, is `deno run --allow-all core/training/memory_testing.ts`.
Deno.test("Trainer.advance() does not hold on to memory", async () => {
  const script = fromFileUrl(new URL("./memory_testing.ts", import.meta.url));
  const permissions = ["--allow-read", "--allow-ffi", "--allow-env=npm_package_config_libvips"];
  const { success, stdout } = await new Deno.Command("deno", {
    args: ["run", "--no-prompt", ...permissions, script, "100", "500"],
    stderr: "inherit",
  }).output();
  assert(success);
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  const [early, last] = lines.map((line) => line.split(" ").map(Number));
  assertEquals([early![0], last![0]], [100, 500]);
  // A leak of the gradients alone, 0.2 MB at every step, would be 80 MB. Garbage that waits for its
  // collection is about 10 MB.
  const growth = last![1]! - early![1]!;
  assert(growth < 30e6, `${growth / 1e6} MB more after 400 steps`);
});
