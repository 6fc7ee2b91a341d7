import { assertEquals, assertThrows } from "@std/assert";
import { openDevice } from "../runtime/mod.ts";
import { tensor } from "../tensor/mod.ts";
import { add, buildProgram, conv2d, input, mapToSequences, sequencesToMap } from "./mod.ts";

const [BATCH, LENGTH, CHANNELS, HEIGHT, WIDTH] = [2, 3, 4, 2, 5];
const numbers = tensor(
  [BATCH * LENGTH, CHANNELS, HEIGHT, WIDTH],
  Float32Array.from({ length: BATCH * LENGTH * CHANNELS * HEIGHT * WIDTH }, (_, i) => i),
);

Deno.test("mapToSequences() follows one pixel through the maps of a sequence, in both layouts", async () => {
  await using device = openDevice({ threads: 1 });
  const x = input("x", numbers.shape);
  // A convolution that passes all on: small maps leave it with the batch innermost.
  const kernel = input("kernel", [CHANNELS, CHANNELS, 3, 3]);
  const identity = tensor([CHANNELS, CHANNELS, 3, 3]);
  for (let c = 0; c < CHANNELS; c++) identity.data[(c * CHANNELS + c) * 9 + 4] = 1;
  const map = conv2d(x, kernel, { padding: 1 });
  const sequences = mapToSequences(map, LENGTH);
  const back = add(sequencesToMap(sequences, HEIGHT, WIDTH), map);
  for (const batchInnermost of [true, false]) {
    const { run } = await device.load(buildProgram({ sequences, back }, { batchInnermost }));
    const given = await run({ x: numbers, kernel: identity });
    assertEquals(given["sequences"]!.shape, [HEIGHT * WIDTH * BATCH, LENGTH, CHANNELS]);
    const { data } = given["sequences"]!;
    for (let pixel = 0; pixel < HEIGHT * WIDTH; pixel++) {
      for (let item = 0; item < BATCH; item++) {
        for (let step = 0; step < LENGTH; step++) {
          for (let channel = 0; channel < CHANNELS; channel++) {
            const place = ((pixel * BATCH + item) * LENGTH + step) * CHANNELS + channel;
            const source = ((item * LENGTH + step) * CHANNELS + channel) * HEIGHT * WIDTH + pixel;
            assertEquals(data[place], numbers.data[source]);
          }
        }
      }
    }
    assertEquals(given["back"]!.data, numbers.data.map((value) => 2 * value));
  }
});

Deno.test("mapToSequences() and sequencesToMap() refuse what does not divide", () => {
  assertThrows(() => mapToSequences(input("x", [5, 1, 2, 2]), 3), RangeError, "sequences of 3");
  assertThrows(() => mapToSequences(input("x", [6, 1, 2]), 3), RangeError, "four axes");
  assertThrows(() => sequencesToMap(input("x", [6, 3, 1]), 2, 2), RangeError, "4 pixels");
});
