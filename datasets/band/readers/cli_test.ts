import { join } from "@std/path";
import { readWeights } from "@codi/core/weights";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { testReader, trainReader } from "../cli/readers.ts";
import { openImageReader } from "./image_reader.ts";

Deno.test("trainReader() and testReader() throw a readable error when an argument is wrong", async () => {
  for (const run of [trainReader, testReader]) {
    await assertRejects(() => run([]), Error, '""');
    await assertRejects(() => run(["smell"]), Error, '"smell"');
    await assertRejects(() => run(["image", "--split", "dev"]), Error, "--split");
  }
  await assertRejects(() => trainReader(["image", "--steps", "0"]), Error, "--steps");
});

Deno.test("testReader() and trainReader() name the readers there are when one is unknown", async () => {
  await assertRejects(() => testReader(["video", "--blur", "9"]), Error, "--blur");
  await assertRejects(() => trainReader(["video"]), Error, "it is image or audio");
  await assertRejects(() => testReader(["toString"]), Error, "it is image or audio or video");
});

Deno.test("trainReader() writes weights that the reader takes, and none when it pauses", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const out = join(directory, "image.safetensors");
    const flags = ["image", "--directory", directory, "--out", out, "--threads", "1"];
    await trainReader([...flags, "--steps", "2", "--minutes", "1e-9"]);
    await assertRejects(() => Deno.stat(out), Deno.errors.NotFound);
    const stopped = () => trainReader([...flags, "--steps", "2"], AbortSignal.abort());
    await assertRejects(stopped, DOMException);
    await assertRejects(() => Deno.stat(out), Deno.errors.NotFound);
    await trainReader([...flags, "--steps", "2"]);
    const { tensors, metadata } = await readWeights(out);
    assertEquals(metadata["steps"], "2");
    await using _ = await openImageReader({ weights: tensors });
    assert((await Deno.stat(out)).size < 1_000_000);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
