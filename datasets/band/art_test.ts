import { join } from "@std/path";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openArt } from "./art.ts";
import { pack, unpack } from "./_art_cache.ts";

const ONLY = {
  things: ["guitar", "bell"],
  styles: ["emojione", "streamline-emojis"],
} as const;

async function withDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("openArt() finds the same drawings in its cache, and makes damaged ones anew", async () => {
  await withDirectory(async (cache) => {
    const old = join(cache, "art", "emojione@0.0.1-r0");
    await Deno.mkdir(old, { recursive: true });
    const made = await openArt({ ...ONLY, cache });
    assertEquals(made.drawings.length, 4);
    await assertRejects(() => Deno.stat(old), Deno.errors.NotFound);

    const files: string[] = [];
    for await (const folder of Deno.readDir(join(cache, "art"))) {
      for await (const { name } of Deno.readDir(join(cache, "art", folder.name))) {
        files.push(join(cache, "art", folder.name, name));
      }
    }
    assertEquals(files.length, 4);
    assertEquals((await openArt({ ...ONLY, cache })).drawings, made.drawings);

    const [cut, flipped, gone] = files.sort() as [string, string, string, string];
    const whole = await Deno.readFile(flipped);
    await Deno.truncate(cut, 1000);
    const wrong = whole.slice();
    wrong[5000]! ^= 1;
    await Deno.writeFile(flipped, wrong);
    await Deno.remove(gone);
    assertEquals((await openArt({ ...ONLY, cache })).drawings, made.drawings);
    assertEquals(await Deno.readFile(flipped), whole);
  });
});

Deno.test("openArt() trims drawings to their content", async () => {
  const art = await openArt({ ...ONLY, cache: false });
  for (const { levels, width, height } of art.drawings) {
    assertEquals(levels.map(({ side }) => side), [128, 64]);
    assertEquals(Math.max(width, height), 1);
    const { side, pixels } = levels[0]!;
    const alpha = (x: number, y: number) => pixels[4 * ((y + 1) * (side + 2) + x + 1) + 3]!;
    const line = Array.from({ length: side }, (_, i) => i);
    const edges = width === 1
      ? [line.map((y) => alpha(0, y)), line.map((y) => alpha(side - 1, y))]
      : [line.map((x) => alpha(x, 0)), line.map((x) => alpha(x, side - 1))];
    for (const edge of edges) assert(Math.max(...edge) > 0);
    for (let i = 0; i < pixels.length; i += 4) {
      assert(Math.max(pixels[i]!, pixels[i + 1]!, pixels[i + 2]!) <= pixels[i + 3]!);
    }
  }
});

Deno.test("Art.drawing() throws when the drawing was not loaded", async () => {
  const art = await openArt({ things: ["guitar"], styles: ["emojione"], cache: false });
  assertEquals(art.drawing("guitar", "emojione").thing, "guitar");
  assertThrows(() => art.drawing("bell", "emojione"), RangeError);
});

Deno.test("unpack() is undefined when a file is not whole", () => {
  const pixels = { width: 128, height: 2, pixels: new Uint8Array(1024).fill(9) };
  assertEquals(unpack(pack(pixels)), pixels);
  assertEquals(unpack(new Uint8Array()), undefined);
  assertEquals(unpack(pack(pixels).slice(0, -1)), undefined);
  assertEquals(unpack(new Uint8Array(1040)), undefined);
});
