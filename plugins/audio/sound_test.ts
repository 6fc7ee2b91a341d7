import { assert, assertEquals, assertThrows } from "@std/assert";
import { random } from "@codi/core/random";
import { type Tensor, tensor } from "@codi/core/tensor";
import { requireSound, soundBatch, splitSounds } from "./sound.ts";

function sound(number: number): Tensor {
  return tensor([32_000], random(number).fillNormal(new Float32Array(32_000)));
}

Deno.test("splitSounds() is the inverse of soundBatch()", () => {
  const sounds = [sound(1), sound(2), sound(3)];
  const batch = soundBatch(sounds);
  assertEquals(batch.shape, [3, 32_000]);
  const split = splitSounds(batch);
  assertEquals(split, sounds);
  batch.data.fill(0);
  assertEquals(split, sounds, "copies");
  assertEquals(splitSounds(soundBatch([])), []);
});

Deno.test("soundBatch() names the shape of what is no sound", () => {
  for (const shape of [[16_000], [1, 32_000], [32_000, 1], []]) {
    assertThrows(
      () => soundBatch([sound(1), tensor(shape)]),
      RangeError,
      `Cannot read a sound of shape [${shape}]`,
    );
  }
  const cut = { shape: [32_000], data: new Float32Array(100) };
  const error = assertThrows(() => requireSound(cut, "write"), RangeError, "with 100 values");
  assert(error.message.endsWith("it must be [32000]"), error.message);
});
