import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { random } from "../random/mod.ts";
import { openDevice } from "../runtime/mod.ts";
import { elementCount, tensor } from "../tensor/mod.ts";
import * as g from "./mod.ts";

const draw = (shape: readonly number[], key: string) =>
  tensor(shape, random(key).fillNormal(new Float32Array(elementCount(shape))));

/** Two convolutions and all their gradients, on a map that is small enough for both layouts. */
function convolutions(batch: number) {
  const x = g.input("x", [batch, 6, 8, 8]);
  const first = g.parameter("first", [10, 6, 3, 3]);
  const second = g.parameter("second", [4, 10, 1, 1]);
  const y = g.conv2d(g.silu(g.conv2d(x, first, { padding: 1 })), second);
  const loss = g.mean(g.square(y));
  const [dx, dFirst, dSecond] = g.gradients(loss, [x, first, second]);
  return { y, loss, dx: dx!, dFirst: dFirst!, dSecond: dSecond! };
}

Deno.test("buildProgram() computes the same in both layouts", async () => {
  await using device = openDevice({ threads: 1 });
  for (const batch of [2, 5]) {
    const outputs = convolutions(batch);
    const feeds = {
      x: draw([batch, 6, 8, 8], "x"),
      first: draw([10, 6, 3, 3], "first"),
      second: draw([4, 10, 1, 1], "second"),
    };
    const innermost = g.buildProgram(outputs);
    const written = g.buildProgram(outputs, { batchInnermost: false });
    assert(innermost.nodeCount !== written.nodeCount, "the layouts do not differ");
    const a = await (await device.load(innermost)).run(feeds);
    const b = await (await device.load(written)).run(feeds);
    for (const name of Object.keys(outputs)) {
      const largest = Math.max(...b[name]!.data.map(Math.abs));
      a[name]!.data.forEach((value, index) =>
        assertAlmostEquals(value, b[name]!.data[index]!, 1e-5 * largest, `${name} at ${index}`)
      );
    }
  }
});

Deno.test("buildProgram() leaves out what the outputs do not depend on", () => {
  const program = g.buildProgram({ y: g.neg(g.input("x", [2])) }, { weights: {} });
  assertEquals(Object.keys(program.inputs), ["x"]);
  g.mul(g.input("unused", [3]), 2);
  assertEquals(program.nodeCount, 1);
});

Deno.test("buildProgram() takes weights as constants, frozen ones too", () => {
  const x = g.input("x", [2]);
  const y = g.add(g.mul(x, g.parameter("a", [2])), g.parameter("b", [2]));
  const open = g.buildProgram({ y });
  assertEquals(Object.keys(open.parameters), ["a", "b"]);
  assertEquals(g.parameterCount(open), 4);
  assertEquals(
    Object.keys(g.buildProgram({ y }, { frozen: { a: tensor([2]) } }).parameters),
    ["b"],
  );
  const weights = { a: tensor([2]), b: tensor([2]) };
  assertEquals(g.buildProgram({ y }, { weights }).parameters, {});
});

Deno.test("buildProgram() refuses weights and names that do not fit", () => {
  const y = g.mul(g.input("x", [2]), g.parameter("a", [2]));
  const refuse = (message: string, build: () => unknown) =>
    assertThrows(build, RangeError, message);
  refuse('no weight named "a"', () => g.buildProgram({ y }, { weights: {} }));
  refuse(
    'weight "a" has shape [3], the network wants [2]',
    () => g.buildProgram({ y }, { weights: { a: tensor([3]) } }),
  );
  refuse(
    'two sources named "x"',
    () => g.buildProgram({ y: g.add(g.input("x", [2]), g.input("x", [2])) }),
  );
  refuse('the name "a#1"', () => g.buildProgram({ "a#1": y }));
  refuse('the name ""', () => g.buildProgram({ y: g.neg(g.input("", [2])) }));
});

Deno.test("buildProgram() gives an output that is an input", async () => {
  await using device = openDevice({ threads: 1 });
  const x = g.input("x", [2]);
  const { run } = await device.load(g.buildProgram({ x, same: x }));
  const result = await run({ x: tensor([2], Float32Array.of(3, 4)) });
  assertEquals([...result["x"]!.data, ...result["same"]!.data], [3, 4, 3, 4]);
});

Deno.test("countFlops() counts products of the forward pass and of the gradients", () => {
  const forward = 2 * 3 * 10 * 6 * 9 * 64 + 2 * 3 * 4 * 10 * 64;
  const { y, dx, dFirst, dSecond } = convolutions(3);
  assertEquals(g.countFlops([y]), forward);
  assertEquals(g.countFlops([y, y]), forward);
  assertEquals(g.countFlops([y, dx, dFirst, dSecond]), 3 * forward);
  const tokens = g.input("tokens", [2, 5, 8]);
  assertEquals(g.countFlops([g.attention(tokens, tokens, tokens)]), 2 * 2 * (2 * 5 * 5 * 8));
});
