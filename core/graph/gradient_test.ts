import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openDevice } from "../runtime/mod.ts";
import { tensor } from "../tensor/mod.ts";
import { checkGradients, type GradientCase } from "./finite_differences_testing.ts";
import * as g from "./mod.ts";

const positive = (x: number) => Math.abs(x) + 0.5;
const awayFromZero = (x: number) => (x < 0 ? x - 0.1 : x + 0.1);
const indices = (shape: number[], values: number[]) => ({ shape, data: Int32Array.from(values) });
const flags = (shape: number[], values: number[]) => ({ shape, data: Uint8Array.from(values) });

const cases: Record<string, GradientCase[]> = {
  add: [
    { shapes: [[2, 3], [2, 3]], trace: g.add },
    { shapes: [[2, 3], [3]], trace: g.add },
    { shapes: [[2, 1, 3], [4, 1]], trace: g.add },
    { shapes: [[2], []], trace: g.add },
  ],
  sub: [
    { shapes: [[2, 3], [2, 1]], trace: g.sub },
    { shapes: [[], [2, 2]], trace: g.sub },
  ],
  mul: [
    { shapes: [[2, 3], [2, 3]], trace: g.mul },
    { shapes: [[2, 3, 4], [3, 1]], trace: g.mul },
    { shapes: [[1, 4], [3, 1]], trace: g.mul },
  ],
  div: [
    { shapes: [[2, 3], [2, 3]], trace: g.div, domain: positive },
    { shapes: [[2, 3], [3]], trace: g.div, domain: positive },
  ],
  maximum: [{ shapes: [[3, 4], [4]], trace: g.maximum }, { shapes: [[5], [5]], trace: g.minimum }],
  addAll: [{ shapes: [[2, 3], [2, 3], [2, 3]], trace: (a, b, c) => g.addAll([a!, b!, c!, a!]) }],
  exp: [{ shapes: [[2, 3]], trace: g.exp }],
  log: [{ shapes: [[2, 3]], trace: g.log, domain: positive }],
  sqrt: [{ shapes: [[2, 3]], trace: g.sqrt, domain: positive }],
  square: [{ shapes: [[2, 3]], trace: g.square }],
  abs: [{ shapes: [[8]], trace: g.abs, domain: awayFromZero }],
  sin: [{ shapes: [[8]], trace: g.sin }],
  cos: [{ shapes: [[8]], trace: g.cos }],
  tanh: [{ shapes: [[2, 3]], trace: g.tanh }],
  sigmoid: [{ shapes: [[2, 3]], trace: g.sigmoid }],
  relu: [{ shapes: [[8]], trace: g.relu, domain: awayFromZero }],
  silu: [{ shapes: [[2, 8]], trace: g.silu }, { shapes: [[2, 3, 4, 4]], trace: g.silu }],
  gelu: [{ shapes: [[2, 8]], trace: g.gelu }],
  sum: [
    { shapes: [[2, 3, 4]], trace: (x) => g.sum(x) },
    { shapes: [[2, 3, 4]], trace: (x) => g.sum(x, [0, 2]) },
    { shapes: [[2, 3, 4]], trace: (x) => g.sum(x, [-1], { keep: true }) },
  ],
  mean: [
    { shapes: [[2, 3, 4]], trace: (x) => g.mean(x) },
    { shapes: [[2, 3, 4]], trace: (x) => g.mean(x, [1]) },
  ],
  max: [{ shapes: [[3, 5]], trace: (x) => g.max(x, [-1]), step: 1e-3 }],
  matmul: [
    { shapes: [[2, 3], [3, 4]], trace: (a, b) => g.matmul(a!, b!) },
    { shapes: [[2, 5, 3], [3, 4]], trace: (a, b) => g.matmul(a!, b!) },
    { shapes: [[2, 1, 5, 3], [4, 3, 2]], trace: (a, b) => g.matmul(a!, b!) },
    {
      shapes: [[2, 3, 5], [2, 3, 4]],
      trace: (a, b) => g.matmul(a!, b!, { transposeA: true, scale: 0.5 }),
    },
    { shapes: [[2, 5, 3], [2, 4, 3]], trace: (a, b) => g.matmul(a!, b!, { transposeB: true }) },
    {
      shapes: [[2, 3, 5], [2, 4, 3]],
      trace: (a, b) => g.matmul(a!, b!, { transposeA: true, transposeB: true, scale: 2 }),
    },
  ],
  conv2d: [
    { shapes: [[2, 3, 12, 12], [4, 3, 3, 3]], trace: (x, w) => g.conv2d(x!, w!, { padding: 1 }) },
    { shapes: [[1, 3, 4, 4], [4, 3, 3, 3]], trace: (x, w) => g.conv2d(x!, w!, { padding: 1 }) },
    {
      shapes: [[2, 3, 4, 4], [4, 3, 3, 3], [4]],
      trace: (x, w, b) => g.conv2d(x!, w!, { padding: 1, bias: b! }),
    },
    {
      shapes: [[3, 3, 8, 8], [2, 3, 3, 3], [2]],
      trace: (x, w, b) => g.conv2d(x!, w!, { padding: 1, bias: b! }),
    },
    {
      shapes: [[2, 3, 12, 10], [2, 3, 3, 3], [2]],
      trace: (x, w, b) => g.conv2d(x!, w!, { padding: 1, bias: b! }),
    },
    {
      shapes: [[2, 3, 4, 4], [4, 3, 1, 1], [4]],
      trace: (x, w, b) => g.conv2d(x!, w!, { bias: b! }),
    },
    { shapes: [[2, 3, 12, 12], [4, 3, 1, 1]], trace: (x, w) => g.conv2d(x!, w!) },
    {
      shapes: [[2, 3, 8, 8], [4, 3, 3, 3]],
      trace: (x, w) => g.conv2d(x!, w!, { padding: 1, stride: 2 }),
    },
    {
      shapes: [[2, 3, 7, 9], [4, 3, 4, 4]],
      trace: (x, w) => g.conv2d(x!, w!, { padding: 1, stride: 2 }),
    },
    {
      shapes: [[2, 2, 1, 20], [3, 2, 1, 7]],
      trace: (x, w) => g.conv2d(x!, w!, { padding: [0, 3] }),
    },
    {
      shapes: [[2, 2, 9, 9], [3, 2, 5, 3]],
      trace: (x, w) => g.conv2d(x!, w!, { padding: [2, 0] }),
    },
  ],
  "conv2d with more padding than its kernel": [
    { shapes: [[2, 2, 3, 3], [3, 2, 1, 1]], trace: (x, w) => g.conv2d(x!, w!, { padding: 1 }) },
    { shapes: [[1, 2, 3, 4], [3, 2, 2, 2]], trace: (x, w) => g.conv2d(x!, w!, { padding: 3 }) },
  ],
  sequences: [
    { shapes: [[6, 2, 4, 2]], trace: (x) => g.mapToSequences(x, 3) },
    { shapes: [[16, 3, 2]], trace: (x) => g.sequencesToMap(x, 4, 2) },
    { shapes: [[100, 2, 2]], trace: (x) => g.sequencesToMap(x, 10, 10) },
    {
      shapes: [[6, 2, 4, 4], [4, 2, 3, 3], [2, 4, 3, 3]],
      trace: (x, w, v) => {
        const h = g.conv2d(x!, w!, { padding: 1 });
        const sequences = g.mul(g.mapToSequences(h, 3), 2);
        return g.conv2d(g.add(g.sequencesToMap(sequences, 4, 4), h), v!, { padding: 1 });
      },
      tolerance: 6e-3,
    },
  ],
  tokens: [
    { shapes: [[2, 3, 4, 2]], trace: (x) => g.mapToTokens(x) },
    { shapes: [[2, 8, 3]], trace: (x) => g.tokensToMap(x, 4, 2) },
    { shapes: [[2, 100, 2]], trace: (x) => g.tokensToMap(x, 10, 10) },
    {
      shapes: [[3, 2, 4, 4], [4, 2, 3, 3], [2, 4, 3, 3]],
      trace: (x, w, v) => {
        const h = g.conv2d(x!, w!, { padding: 1 });
        const tokens = g.mul(g.mapToTokens(h), 2);
        return g.conv2d(g.add(g.tokensToMap(tokens, 4, 4), h), v!, { padding: 1 });
      },
      tolerance: 6e-3,
    },
  ],
  upsampleNearest: [{ shapes: [[2, 3, 4, 6]], trace: g.upsampleNearest }],
  averagePool: [{ shapes: [[2, 3, 4, 6]], trace: g.averagePool }],
  pixelShuffle: [{ shapes: [[2, 8, 3, 2]], trace: (x) => g.pixelShuffle(x, 2) }],
  pixelUnshuffle: [{ shapes: [[2, 2, 6, 4]], trace: (x) => g.pixelUnshuffle(x, 2) }],
  gather: [{
    shapes: [[5, 3]],
    trace: (table) => g.gather(table, g.input("indices", [2, 4], "int64")),
    feeds: { indices: indices([2, 4], [0, 1, 1, 4, 3, 1, 0, 0]) },
  }, {
    shapes: [[5]],
    trace: (table) => g.gather(table, g.input("indices", [4], "int64")),
    feeds: { indices: indices([4], [0, 1, 1, 4]) },
  }],
  where: [{
    shapes: [[2, 3], [3]],
    trace: (a, b) => g.where(g.input("flags", [2, 3], "bool"), a!, b!),
    feeds: { flags: flags([2, 3], [1, 0, 0, 1, 1, 0]) },
  }],
  softmax: [{ shapes: [[2, 3, 5]], trace: g.softmax }],
  logSoftmax: [{ shapes: [[3, 5]], trace: g.logSoftmax }],
  groupNorm: [
    { shapes: [[2, 6, 3, 3], [6], [6]], trace: (x, a, b) => g.groupNorm(x!, 2, a!, b!) },
    { shapes: [[2, 6, 3, 3], [2, 6], [2, 6]], trace: (x, a, b) => g.groupNorm(x!, 3, a!, b!) },
    { shapes: [[3, 4, 5, 2], [4], [3, 4]], trace: (x, a, b) => g.groupNorm(x!, 1, a!, b!) },
  ],
  layerNorm: [
    { shapes: [[4, 6], [6], [6]], trace: (x, a, b) => g.layerNorm(x!, a!, b!) },
    { shapes: [[2, 3, 8], [8], [8]], trace: (x, a, b) => g.layerNorm(x!, a!, b!) },
  ],
  attention: [
    { shapes: [[2, 3, 4], [2, 5, 4], [2, 5, 4]], trace: (q, k, v) => g.attention(q!, k!, v!) },
    {
      shapes: [[2, 3, 8], [2, 5, 8], [2, 5, 8]],
      trace: (q, k, v) => g.attention(q!, k!, v!, { heads: 2 }),
    },
    { shapes: [[2, 4, 8]], trace: (x) => g.attention(x, x, x, { heads: 4 }) },
    {
      shapes: [[2, 3, 8], [2, 5, 8], [2, 5, 8]],
      trace: (q, k, v) =>
        g.attention(q!, k!, v!, { heads: 2, bias: g.constant([0, 0, -9, -9, 0], [1, 1, 1, 5]) }),
    },
    {
      shapes: [[2, 3, 8], [2, 5, 8], [2, 5, 8], [1, 2, 1, 5]],
      trace: (q, k, v, bias) => g.attention(q!, k!, v!, { heads: 2, bias: bias! }),
    },
  ],
  structure: [
    { shapes: [[2, 6]], trace: (x) => g.reshape(x, [3, -1]) },
    { shapes: [[2, 3, 4]], trace: (x) => g.transpose(x, [2, 0, 1]) },
    { shapes: [[2, 3], [2, 1], [2, 2]], trace: (a, b, c) => g.concat([a!, b!, c!], 1) },
    { shapes: [[2, 6, 2]], trace: (x) => g.mul(g.split(x, [2, 4], 1)[1]!, 3) },
    { shapes: [[2, 6]], trace: (x) => g.slice(x, -1, 1, 4) },
    { shapes: [[2, 6]], trace: (x) => g.pad(x, 0, 1, 2) },
    { shapes: [[2, 1, 3]], trace: (x) => g.broadcastTo(x, [2, 2, 4, 3]) },
    { shapes: [[2, 3]], trace: (x) => g.unsqueeze(x, [0, -1]) },
  ],
  losses: [
    { shapes: [[2, 3], [2, 3]], trace: (a, b) => g.mse(a!, b!) },
    {
      shapes: [[3, 5]],
      trace: (x) => g.crossEntropy(x, g.input("targets", [3], "int64")),
      feeds: { targets: indices([3], [0, 4, 2]) },
    },
    {
      shapes: [[4, 6], [4, 6], []],
      trace: (a, b, s) => g.infoNce(a!, b!, s!, g.input("excluded", [4, 4], "bool")),
      feeds: { excluded: flags([4, 4], [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]) },
    },
  ],
  "batch innermost": [
    {
      shapes: [[2, 4, 4, 4], [4, 4, 3, 3], [4], [4], [2, 4]],
      trace: (x, w, a, b, c) => {
        const h = g.silu(g.groupNorm(g.conv2d(x!, w!, { padding: 1 }), 2, a!, b!));
        const shifted = g.add(h, g.reshape(c!, [2, 4, 1, 1]));
        const both = g.concat([shifted, x!], 1);
        const [left, right] = g.split(g.pixelUnshuffle(both, 2), [12, 20], 1);
        return g.concat([
          g.reshape(g.upsampleNearest(g.pixelShuffle(left!, 2)), [2, -1]),
          g.reshape(g.slice(g.averagePool(right!), 1, 3, 9), [2, -1]),
          g.reshape(g.pad(shifted, 2, 1, 1), [2, -1]),
          g.mean(shifted, [2, 3]),
        ], 1);
      },
      tolerance: 6e-3,
    },
  ],
};

cases["a gradient of its own, of fewer axes than its inputs"] = [{
  shapes: [[2, 4, 4, 4], [4, 4, 3, 3]],
  trace: (x, w) => {
    const h = g.conv2d(x!, w!, { padding: 1 }); // with the batch innermost
    const rows = g.reshape(h, [2, 4, 16]);
    return g.softmax(g.withGradient(rows, [h], (dy) => [g.reshape(dy, [2, 4, 4, 4])]));
  },
}];

for (const [name, list] of Object.entries(cases)) {
  Deno.test(`gradients() equals finite differences for ${name}`, async () => {
    await using device = openDevice({ threads: 1 });
    for (const item of list) {
      try {
        await checkGradients(device, item);
      } catch (cause) {
        throw new Error(`shapes ${item.shapes.map((shape) => `[${shape}]`).join(" ")}`, { cause });
      }
    }
  });
}

Deno.test("gradients() adds up what flows through several paths", async () => {
  await using device = openDevice({ threads: 1 });
  const x = g.input("x", []);
  const loss = g.add(g.mul(x, x), g.mul(x, 3));
  const [slope] = g.gradients(loss, [x]);
  const program = await device.load(g.buildProgram({ slope: slope! }));
  const result = await program.run({ x: tensor([], Float32Array.of(2)) });
  assertEquals(result["slope"]!.data[0], 7);
});

Deno.test("gradients() stops at stopGradient() and refuses losses that are not scalars", () => {
  const x = g.input("x", [2]);
  assertThrows(() => g.gradients(x, [x]), RangeError, "must be a scalar");
  const [gradient] = g.gradients(g.sum(g.stopGradient(x)), [x]);
  assertEquals(gradient!.node.source?.kind, "constant");
});

Deno.test("tracing names the operator and both shapes when they do not fit", () => {
  const a = g.input("a", [2, 3]);
  const b = g.input("b", [4, 5]);
  for (
    const [name, trace] of Object.entries({
      add: () => g.add(a, b),
      matmul: () => g.matmul(a, b),
      concat: () => g.concat([a, b], 0),
      mse: () => g.mse(a, b),
    })
  ) {
    const { message } = assertThrows(trace, RangeError);
    for (const part of [`"${name}"`, "[2, 3]", "[4, 5]"]) {
      assertEquals(message.includes(part), true, `${message} should include ${part}`);
    }
  }
  assertThrows(() => g.conv2d(a, b), RangeError, '"conv2d" of shapes [2, 3] and [4, 5]');
  assertThrows(() => g.reshape(a, [4]), RangeError, "[2, 3]");
});

Deno.test("checkGradients() catches a gradient that is wrong in one element", async () => {
  await using device = openDevice({ threads: 1 });
  const shifted = (x: g.Value) =>
    g.withGradient(g.mul(x, x), [x], (dy) => [
      g.mul(dy, g.add(g.mul(x, 2), g.constant([0, 0, 0.05, 0], [4]))),
    ]);
  await assertRejects(
    () => checkGradients(device, { shapes: [[4]], trace: shifted }),
    Error,
    'The gradient of "x0" [4] at 2',
  );
  const right = (x: g.Value) => g.withGradient(g.mul(x, x), [x], (dy) => [g.mul(dy, g.mul(x, 2))]);
  await checkGradients(device, { shapes: [[4]], trace: right });
});

Deno.test("checkGradients() catches a wrong gradient of a parameter", async () => {
  await using device = openDevice({ threads: 1 });
  const weight = g.parameter("weight", [2, 3]);
  const trace = (x: g.Value) =>
    g.withGradient(g.mul(x, weight), [x, weight], (dy) => [g.mul(dy, weight), g.mul(dy, 1.5)]);
  const scope = { parameters: () => ({ weight }) };
  await assertRejects(
    () => checkGradients(device, { shapes: [[2, 3]], trace, scope }),
    Error,
    'The gradient of "weight"',
  );
});

Deno.test("groupNorm() stays finite when the mean is large beside the deviation", async () => {
  await using device = openDevice({ threads: 1 });
  const shape = [16, 2, 8, 8]; // of means 0, 1000, … 15000 and deviation 0.01
  const y = g.groupNorm(g.input("x", shape), 1, g.constant([1, 1]), g.constant([0, 0]));
  const { run } = await device.load(g.buildProgram({ y }));
  const data = Float32Array.from(
    { length: 16 * 128 },
    (_, index) => 1000 * (index >> 7) + 0.01 * (index % 3),
  );
  const result = await run({ x: tensor(shape, data) });
  assert(result["y"]!.data.every(Number.isFinite));
});
