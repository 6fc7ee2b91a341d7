import { join } from "@std/path";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { preview, stats } from "./cli.ts";

Deno.test("preview() and stats() throw a readable error when a flag is wrong", async () => {
  await assertRejects(() => preview(["--split", "dev"]), Error, "--split");
  await assertRejects(() => preview(["--colour", "red"]), Error, "--colour");
  await assertRejects(() => preview(["--things", "tuba"]), Error, "--things");
  assertThrows(() => stats(["--count", "0"]), Error, "--count");
  assertThrows(() => stats(["--first", "-1"]), Error);
});

Deno.test("preview() writes a PNG file", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const out = join(directory, "sheet.png");
    const styles = "emojione,streamline-emojis";
    const only = ["--things", "guitar", "--styles", styles];
    await preview(["--count", "3", ...only, "--cache", directory, "--out", out]);
    assertEquals([...(await Deno.readFile(out)).subarray(1, 4)], [80, 78, 71]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
