import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { tensor } from "../tensor/mod.ts";
import { readWeights, writeFileAtomic, writeWeights } from "./mod.ts";

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readWeights() gives back what writeWeights() wrote", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.safetensors");
    const weight = tensor([2], new Float32Array([0.5, -3]));
    await writeWeights(path, { weight }, { dtype: "float16", metadata: { step: "3" } });
    const read = await readWeights(path);
    assertEquals(read.tensors, { weight });
    assertEquals(read.metadata, { step: "3" });
    assertEquals(read.dtypes, { weight: "F16" });
  }));

Deno.test("readWeights() names the file when it is truncated", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.safetensors");
    await writeWeights(path, { weight: tensor([2]) });
    await Deno.truncate(path, 40);
    const error = await assertRejects(() => readWeights(path), SyntaxError);
    assertEquals(error.message.startsWith(`Cannot read "${path}": its header should end`), true);
  }));

Deno.test("writeWeights() shows readers the old or the new file, never a part", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.safetensors");
    const versions = [1, 2].map((value) =>
      tensor([500_000], new Float32Array(500_000).fill(value))
    );
    await writeWeights(path, { weight: versions[0]! });
    let writing = true;
    const writer = (async () => {
      for (let i = 0; i < 12; i++) await writeWeights(path, { weight: versions[i % 2]! });
      writing = false;
    })();
    let reads = 0;
    while (writing) {
      const { tensors } = await readWeights(path);
      const { data } = tensors["weight"]!;
      assertEquals(data[0], data.at(-1));
      reads++;
    }
    await writer;
    assert(reads > 0);
  }));

Deno.test("writeWeights() leaves the old file and nothing else when it fails", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.safetensors");
    await writeWeights(path, { weight: tensor([1], new Float32Array([5])) });
    const bad = { weight: tensor([1], new Float32Array([1e9])) };
    await assertRejects(() => writeWeights(path, bad, { dtype: "float16" }), RangeError);
    assertEquals((await readWeights(path)).tensors["weight"]?.data[0], 5);
    // A folder in the way makes the last step fail, when the new file is already there.
    await Deno.mkdir(join(folder, "taken"));
    await assertRejects(() => writeFileAtomic(join(folder, "taken"), new Uint8Array(3)));
    assertEquals((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort(), [
      "a.safetensors",
      "taken",
    ]);
  }));

Deno.test("writeFileAtomic() rejects when the folder does not exist", () =>
  inFolder(async (folder) => {
    await assertRejects(
      () => writeFileAtomic(join(folder, "none", "a"), new Uint8Array(1)),
      Deno.errors.NotFound,
    );
  }));
