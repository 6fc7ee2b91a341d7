import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { buildProgram, gradients, input, mul, sum } from "@codi/core/graph";
import { Scope } from "@codi/core/nn";
import { openDevice } from "@codi/core/runtime";
import { type Tensor, tensor } from "@codi/core/tensor";
import { noise, SMALL, withoutZeros } from "./_testing.ts";
import { FRAME_COUNT } from "./clip.ts";
import { shiftFrames, temporalBlock } from "./temporal.ts";

const MAP = [2 * FRAME_COUNT, 6, 2, 4] as const;

function trace() {
  const scope = new Scope();
  const map = input("map", MAP);
  const condition = input("condition", [2, 3]);
  return { scope, map, condition, y: temporalBlock(scope, map, condition, SMALL.temporal) };
}

Deno.test("shiftFrames() moves frames later or earlier, with zeros where there are none", async () => {
  const x = input("x", [1, 3, 2]);
  await using device = openDevice({ threads: 1 });
  const { run } = await device.load(
    buildProgram({ later: shiftFrames(x, 1), earlier: shiftFrames(x, -2) }),
  );
  const given = await run({ x: tensor([1, 3, 2], Float32Array.of(1, 2, 3, 4, 5, 6)) });
  assertEquals([...given["later"]!.data], [0, 0, 1, 2, 3, 4]);
  assertEquals([...given["earlier"]!.data], [5, 6, 0, 0, 0, 0]);
});

Deno.test("temporalBlock() starts as the identity and then connects a pixel's frames of one clip", async () => {
  const { scope, y } = trace();
  await using device = openDevice({ threads: 1 });
  const map = noise(MAP, "map");
  const condition = noise([2, 3], "condition");
  const fresh = scope.initialWeights(1);
  const at = async (weights: typeof fresh, feeds: Record<string, typeof map>) => {
    const { run } = await device.load(buildProgram({ y }, { weights }));
    return (await run(feeds))["y"]!.data;
  };
  assertEquals(await at(fresh, { map, condition }), map.data);

  const weights = withoutZeros(fresh);
  const before = await at(weights, { map, condition });
  const moved = tensor(MAP, map.data.slice());
  const place = (frame: number, channel: number, pixel: number) =>
    (frame * 6 + channel) * 8 + pixel;
  for (let channel = 0; channel < 6; channel++) moved.data[place(5, channel, 3)]! += channel;
  const after = await at(weights, { map: moved, condition });
  const changed = new Set<string>();
  after.forEach((value, i) => {
    if (Math.abs(value - before[i]!) > 1e-6) {
      changed.add(`${Math.floor(i / 48)} ${i % 8}`);
    }
  });
  assertEquals(changed.size, FRAME_COUNT, "all frames, by attention");
  assert([...changed].every((key) => key.endsWith(" 3") && parseInt(key) < FRAME_COUNT));
  const other = await at(weights, { map, condition: noise([2, 3], "another") });
  assert(other.some((value, i) => Math.abs(value - before[i]!) > 1e-4), "the condition counts");
});

Deno.test("temporalBlock() has the same gradients in both layouts, none of them zero", async () => {
  const { scope, map, y } = trace();
  const weights = withoutZeros(scope.initialWeights(1));
  const loss = sum(mul(y, input("slope", MAP)));
  const parameters = scope.parameters();
  const slopes = gradients(loss, [map, ...Object.values(parameters)]);
  const outputs = Object.fromEntries(
    ["map", ...Object.keys(parameters)].map((name, i) => [`d ${name}`, slopes[i]!]),
  );
  const all: Record<string, Tensor> = {
    map: noise(MAP, "map"),
    condition: noise([2, 3], "condition"),
    slope: noise(MAP, "slope"),
    ...weights,
  };
  await using device = openDevice({ threads: 1 });
  const [innermost, written] = await Promise.all([true, false].map(async (batchInnermost) => {
    const program = buildProgram(outputs, { batchInnermost });
    const names = [...Object.keys(program.inputs), ...Object.keys(program.parameters)];
    const feeds = Object.fromEntries(names.map((name) => [name, all[name]!]));
    return await (await device.load(program)).run(feeds);
  }));
  for (const name of Object.keys(outputs)) {
    const expected = written![name]!.data;
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    assert(largest > 1e-4, `${name} is zero`);
    expected.forEach((value, i) =>
      assertAlmostEquals(innermost![name]!.data[i]! / largest, value / largest, 1e-3, name)
    );
  }
});
