import { assert, assertEquals, assertThrows } from "@std/assert";
import { checkGradients, type GradientCase } from "../graph/finite_differences_testing.ts";
import { add, constant, input, reshape } from "../graph/mod.ts";
import { openDevice } from "../runtime/mod.ts";
import {
  contextTokens,
  conv,
  feedForward,
  linear,
  modulateGroups,
  multiHeadAttention,
  normalizeGroups,
  normalizeLayer,
  normalizeLength,
  residualBlock,
  Scope,
  sinusoids,
  spatialTransformer,
  timeEmbedding,
  transformerBlock,
  unet,
} from "./mod.ts";

type Layer = Omit<GradientCase, "trace" | "scope"> & {
  readonly trace: (scope: Scope, ...inputs: ReturnType<typeof input>[]) => ReturnType<typeof input>;
};

// Maps of 4×4 in a batch are computed with the batch innermost, those of 12×12 as they are written.
const layers: Record<string, Layer[]> = {
  linear: [
    { shapes: [[3, 5]], trace: (scope, x) => linear(scope, x!, 4) },
    { shapes: [[2, 3, 5]], trace: (scope, x) => linear(scope, x!, 4, { bias: false }) },
  ],
  conv: [
    { shapes: [[2, 3, 4, 4]], trace: (scope, x) => conv(scope, x!, 5) },
    { shapes: [[2, 3, 12, 12]], trace: (scope, x) => conv(scope, x!, 2, { stride: 2 }) },
    { shapes: [[1, 3, 6, 6]], trace: (scope, x) => conv(scope, x!, 2, { kernel: 1, bias: false }) },
  ],
  normalizeGroups: [
    { shapes: [[2, 16, 4, 4]], trace: (scope, x) => normalizeGroups(scope, x!) },
    { shapes: [[2, 6, 3, 5]], trace: (scope, x) => normalizeGroups(scope, x!, 3) },
  ],
  modulateGroups: [
    { shapes: [[2, 8, 4, 4], [2, 3]], trace: (scope, x, v) => modulateGroups(scope, x!, v!, 2) },
  ],
  normalizeLayer: [{ shapes: [[2, 3, 6]], trace: (scope, x) => normalizeLayer(scope, x!) }],
  normalizeLength: [{ shapes: [[3, 6]], trace: (_, x) => normalizeLength(x!) }],
  multiHeadAttention: [
    { shapes: [[2, 3, 8]], trace: (scope, x) => multiHeadAttention(scope, x!, { heads: 2 }) },
    {
      shapes: [[2, 3, 8], [2, 5, 6]],
      trace: (scope, x, context) => multiHeadAttention(scope, x!, { heads: 4, context: context! }),
    },
    {
      shapes: [[2, 3, 8], [1, 1, 3, 3]],
      trace: (scope, x, bias) => multiHeadAttention(scope, x!, { heads: 2, bias: bias! }),
    },
  ],
  feedForward: [{ shapes: [[2, 3, 4]], trace: (scope, x) => feedForward(scope, x!, 7) }],
  sinusoids: [{ shapes: [[4]], trace: (_, x) => sinusoids(x!, 6) }],
  timeEmbedding: [{ shapes: [[3]], trace: (scope, x) => timeEmbedding(scope, x!, 6) }],
  transformerBlock: [
    {
      shapes: [[2, 3, 8], [2, 4, 6]],
      trace: (scope, x, context) => transformerBlock(scope, x!, { heads: 2, context: context! }),
      tolerance: 6e-3,
    },
    {
      shapes: [[1, 4, 8]],
      trace: (scope, x) => {
        const bias = constant([0, -9, -9, -9, 0, 0, -9, -9, 0, 0, 0, -9, 0, 0, 0, 0], [4, 4]);
        return transformerBlock(scope, x!, { heads: 2, bias });
      },
      tolerance: 6e-3,
    },
  ],
  spatialTransformer: [
    {
      shapes: [[2, 8, 2, 3]],
      trace: (scope, x) => spatialTransformer(scope, x!, { heads: 2 }),
      tolerance: 6e-3,
    },
  ],
  residualBlock: [
    {
      shapes: [[2, 8, 4, 4], [2, 5]],
      trace: (scope, x, vector) => residualBlock(scope, x!, 12, vector),
      tolerance: 6e-3,
    },
    { shapes: [[2, 8, 9, 9]], trace: (scope, x) => residualBlock(scope, x!, 8), tolerance: 6e-3 },
  ],
  unet: [
    {
      shapes: [[2, 2, 8, 8], [2], [2, 6]],
      trace: (scope, z, timestep, condition) =>
        unet(scope, { z: z!, timestep: timestep!, condition: condition! }, {
          widths: [8, 12],
          attention: [false, true],
          depth: 1,
          patch: 2,
          heads: 2,
          timeWidth: 8,
          contextTokens: 2,
          contextWidth: 6,
        }),
      tolerance: 1e-2,
      probes: 3,
    },
  ],
  contextTokens: [
    {
      shapes: [[2, 6], [2, 3, 6], [2, 3], [2, 5, 8]],
      trace: (scope, condition, prompts, logShares, query) => {
        const sideBySide = { prompts: prompts!, logShares: logShares! };
        const values = contextTokens(
          scope.at("context"),
          { condition: condition!, sideBySide },
          2,
          6,
        );
        const { context, contextBias } = values;
        return add(
          multiHeadAttention(scope.at("cross"), query!, { context, bias: contextBias!, heads: 2 }),
          linear(scope.at("pooled"), reshape(condition!, [2, 1, 6]), 8),
        );
      },
      tolerance: 6e-3,
    },
  ],
};

for (const [name, cases] of Object.entries(layers)) {
  Deno.test(`${name}() has the gradients of finite differences, parameters included`, async () => {
    await using device = openDevice({ threads: 1 });
    for (const { trace, ...item } of cases) {
      const scope = new Scope();
      await checkGradients(device, {
        ...item,
        scope,
        trace: (...inputs) => trace(scope, ...inputs),
      });
    }
  });
}

Deno.test("a network traced twice with one scope shares its parameters", () => {
  const scope = new Scope();
  const trace = (batch: number) => residualBlock(scope, input("x", [batch, 8, 4, 4]), 8);
  trace(1);
  const names = Object.keys(scope.parameters());
  trace(8);
  assertEquals(Object.keys(scope.parameters()), names);
  assertEquals(names.includes("in.weight"), true);
});

Deno.test("Scope.parameter() refuses another shape and names both", () => {
  const scope = new Scope();
  linear(scope.at("head"), input("x", [1, 3]), 4);
  const { message } = assertThrows(
    () => linear(scope.at("head"), input("x", [1, 5]), 4),
    RangeError,
  );
  for (const part of ['"head.weight"', "[4,5]", "[4,3]"]) assert(message.includes(part), message);
});

Deno.test("Scope.initialWeights() depends on the seed and the name only", () => {
  const small = new Scope();
  linear(small.at("a"), input("x", [1, 3]), 4);
  const large = new Scope();
  linear(large.at("b"), input("x", [1, 3]), 4);
  linear(large.at("a"), input("x", [1, 3]), 4);
  const weight = (scope: Scope, seed: number, name = "a.weight") =>
    scope.initialWeights(seed)[name]!.data;
  assertEquals(weight(small, 1), weight(large, 1));
  assert(weight(small, 1)[0] !== weight(small, 2)[0]);
  assert(weight(large, 1)[0] !== weight(large, 1, "b.weight")[0]);
});

Deno.test("Scope.at() sees its own parameters only", () => {
  const scope = new Scope();
  linear(scope.at("a"), input("x", [1, 3]), 4);
  linear(scope.at("ab"), input("x", [1, 3]), 4);
  assertEquals(Object.keys(scope.at("a").shapes()), ["a.weight", "a.bias"]);
});

Deno.test("sinusoids() refuses an odd width", () => {
  assertThrows(() => sinusoids(input("t", [1]), 5), RangeError, '"5"');
});
