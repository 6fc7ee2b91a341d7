import { join } from "@std/path";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { preview } from "./cli/preview.ts";
import { stats } from "./cli/stats.ts";

Deno.test("preview() and stats() throw a readable error when a flag is wrong", async () => {
  await assertRejects(() => preview(["--split", "dev"]), Error, "--split");
  await assertRejects(() => preview(["--colour", "red"]), Error, "--colour");
  await assertRejects(() => preview(["--things", "tuba"]), Error, "--things");
  assertThrows(() => stats(["--count", "0"]), Error, "--count");
  assertThrows(() => stats(["--first", "-1"]), Error);
});

Deno.test("preview() writes a PNG file of the modalities asked for", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const out = join(directory, "sheet.png");
    const styles = "emojione,streamline-emojis";
    const only = ["--things", "guitar", "--styles", styles, "--cache", directory, "--out", out];
    const sizeOf = async (modality: string) => {
      await preview(["--count", "2", "--modality", modality, ...only]);
      const bytes = await Deno.readFile(out);
      assertEquals([...bytes.subarray(1, 4)], [80, 78, 71]);
      const header = new DataView(bytes.buffer);
      return [header.getUint32(16), header.getUint32(20)];
    };
    const strip = 8 + 1024 + 8;
    assertEquals(await sizeOf("video"), [strip, 8 + 2 * (64 + 8)]);
    assertEquals(await sizeOf("text,video,audio"), [strip, 8 + 2 * (17 + 128 + 8)]);
    assertEquals((await sizeOf("image,text"))[0], 2 * (128 + 8) + 8);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
