import { assert, assertEquals, assertThrows } from "@std/assert";
import { random } from "@codi/core/random";
import { type Tensor, tensor } from "@codi/core/tensor";
import { pictureBatch, splitPictures } from "./picture.ts";

function picture(number: number): Tensor {
  return tensor([3, 64, 64], random(number).fillNormal(new Float32Array(3 * 64 * 64)));
}

Deno.test("splitPictures() is the inverse of pictureBatch()", () => {
  const pictures = [picture(1), picture(2), picture(3)];
  const batch = pictureBatch(pictures);
  assertEquals(batch.shape, [3, 3, 64, 64]);
  const split = splitPictures(batch);
  assertEquals(split, pictures);
  batch.data.fill(0);
  assertEquals(split, pictures, "copies");
  assertEquals(splitPictures(pictureBatch([])), []);
});

Deno.test("pictureBatch() names the shape of what is no picture", () => {
  for (const shape of [[3, 32, 32], [64, 64, 3], [1, 3, 64, 64], [3, 64], []]) {
    assertThrows(
      () => pictureBatch([picture(1), tensor(shape)]),
      RangeError,
      `Cannot read a picture of shape [${shape}]`,
    );
  }
  const cut = { shape: [3, 64, 64], data: new Float32Array(100) };
  const error = assertThrows(() => pictureBatch([cut]), RangeError, "with 100 values");
  assert(error.message.endsWith("it must be [3,64,64]"));
});
