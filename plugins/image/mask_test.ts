import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Tensor, tensor } from "@codi/core/tensor";
import sharp from "sharp";
import { image } from "./image.ts";

interface Box {
  readonly width: number;
  readonly height: number;
}

/** A file of one colour, with a box of another in its upper left corner. */
async function file(
  { width, height, box, colors = ["#000000", "#ffffff"] }: Box & {
    readonly box?: Box;
    readonly colors?: readonly [string, string];
  },
): Promise<Uint8Array> {
  const [background, color] = colors;
  const picture = sharp({ create: { width, height, channels: 4, background } });
  const corner = { create: { ...box!, channels: 4 as const, background: color } };
  if (box !== undefined) picture.composite([{ input: corner, left: 0, top: 0 }]);
  return new Uint8Array(await picture.png().toBuffer());
}

const decodeMask = (mask: Uint8Array, picture: Uint8Array) =>
  image.codec.decodeMask!(mask, picture);

/** How much of a mask's rows and columns is marked, as a share of all. */
function share({ data }: Tensor): number {
  return data.reduce((sum, value) => sum + value, 0) / data.length;
}

Deno.test("decodeMask() marks what is white, and neither what is black nor what is transparent", async () => {
  const picture = await file({ width: 64, height: 64 });
  const box = { width: 32, height: 64 };
  const mask = await decodeMask(await file({ width: 64, height: 64, box }), picture);
  assertEquals(mask.shape, [64, 64]);
  assertEquals([...mask.data], Array.from({ length: 4096 }, (_, i) => i % 64 < 32 ? 1 : 0));
  const colors = ["#00000000", "#ffffff"] as const;
  const drawn = await decodeMask(await file({ width: 64, height: 64, box, colors }), picture);
  assertEquals(drawn, mask);
});

Deno.test("decodeMask() scales and cuts a mask as the picture is", async () => {
  // Of 200×100 pixels the middle 100 columns are read; the box ends in the middle of them.
  const picture = await file({ width: 200, height: 100 });
  for (const scale of [0.5, 1, 2]) {
    const [width, height] = [200 * scale, 100 * scale];
    const mask = await file({ width, height, box: { width: width / 2, height } });
    const marked = image.autoencoder!.latentMask!(await decodeMask(mask, picture));
    assertEquals(marked, image.autoencoder!.regionMask!("0,0,32,64"), `${scale}`);
  }
});

Deno.test("decodeMask() refuses masks of another shape than the picture, and what is none", async () => {
  const picture = await file({ width: 200, height: 100 });
  await assertRejects(
    async () => decodeMask(await file({ width: 64, height: 64 }), picture),
    SyntaxError,
    "Cannot read a mask: it has 64×64 pixels and the picture 200×100; make it 200×100",
  );
  await decodeMask(await file({ width: 67, height: 33 }), picture); // a third, rounded
  await decodeMask(
    await file({ width: 1920, height: 1080 }),
    await file({ width: 100, height: 56 }),
  );
  await assertRejects(
    () => decodeMask(new TextEncoder().encode("nothing"), picture),
    SyntaxError,
    "Cannot read a mask: it is nothing in PNG, JPEG",
  );
});

Deno.test("autoencoder.latentMask() marks the places that are white for the greater part", () => {
  const { latentMask, latentShape } = image.autoencoder!;
  const mask = tensor([64, 64]);
  for (const y of [0, 1, 2, 3]) mask.data.fill(1, 64 * y, 64 * y + 6);
  const marked = latentMask!(mask);
  assertEquals(marked.shape, latentShape);
  // Four pixels are a place: the second has two of them, which is half.
  const places = (tensor: Tensor) => [...tensor.data.keys()].filter((i) => tensor.data[i] === 1);
  assertEquals(places(marked), [0, 1, 256, 257, 512, 513, 768, 769]);
  mask.data.fill(0.4, 4, 6);
  assertEquals(places(latentMask!(mask)), [0, 256, 512, 768]);
  assertEquals(share(latentMask!(tensor([64, 64], new Float32Array(4096).fill(1)))), 1);
  assertThrows(() => latentMask!(tensor([64, 64])), RangeError, "white is kept");
  assertThrows(() => latentMask!(tensor([32, 32])), RangeError, "it must be [64,64]");
});
