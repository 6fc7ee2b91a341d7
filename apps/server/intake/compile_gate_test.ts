import { assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";

Deno.test("closeGate() lets Workers be ended while they compile wasm", async () => {
  const script = fromFileUrl(new URL("./end_compiling_testing.ts", import.meta.url));
  const { code, stderr } = await new Deno.Command("deno", {
    args: ["run", "--no-prompt", "--allow-read", script, "80"],
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
});
