import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { buildProgram, gradients, input, mul, sum } from "../graph/mod.ts";
import { Scope } from "../nn/mod.ts";
import { random } from "../random/mod.ts";
import { openDevice } from "../runtime/mod.ts";
import { tensor } from "../tensor/mod.ts";
import { CENTER, centered } from "./mod.ts";

/** Vectors of length 1 that all lean towards the first axis. */
function leaning(count: number, width: number) {
  const vectors = tensor([count, width]);
  for (let row = 0; row < count; row++) {
    const drawn = random("leaning", row).fillNormal(new Float32Array(width));
    drawn[0]! += 4;
    const length = Math.hypot(...drawn);
    vectors.data.set(drawn.map((value) => value / length), row * width);
  }
  return vectors;
}

function meanOf({ data, shape }: { data: Float32Array; shape: readonly number[] }): number[] {
  const [count, width] = shape as [number, number];
  const mean = new Array<number>(width).fill(0);
  data.forEach((value, i) => mean[i % width]! += value / count);
  return mean;
}

Deno.test("centered() takes the mean away and gives vectors of length 1", async () => {
  const [count, width] = [64, 8];
  const embedding = leaning(count, width);
  const center = tensor([width], Float32Array.from(meanOf(embedding)));
  await using device = openDevice({ threads: 1 });
  const at = async (weight: typeof center) => {
    const scope = new Scope();
    const moved = centered(scope, input("embedding", [count, width]));
    assertEquals(scope.shapes(), { [CENTER]: [width] });
    const { run } = await device.load(buildProgram({ moved }, { weights: { [CENTER]: weight } }));
    return (await run({ embedding }))["moved"]!;
  };
  const moved = await at(center);
  for (let row = 0; row < count; row++) {
    const vector = moved.data.slice(row * width, (row + 1) * width);
    assertAlmostEquals(Math.hypot(...vector), 1, 1e-5);
    // The direction is that of the difference.
    const before = embedding.data.slice(row * width, (row + 1) * width);
    const ratio = (before[1]! - center.data[1]!) / vector[1]!;
    before.forEach((value, i) =>
      assertAlmostEquals(value - center.data[i]!, ratio * vector[i]!, 1e-4)
    );
  }
  assert(Math.hypot(...meanOf(embedding)) > 0.7);
  assert(Math.hypot(...meanOf(moved)) < 0.2, "embeddings no longer lean");
  const unmoved = await at(tensor([width]));
  unmoved.data.forEach((value, i) => assertAlmostEquals(value, embedding.data[i]!, 1e-5));
});

Deno.test("centered() lets no gradient reach the mean", () => {
  const scope = new Scope();
  const weight = scope.parameter("weight", [1, 4], "ones");
  const moved = centered(scope, mul(input("embedding", [2, 4]), weight));
  const { [CENTER]: center } = scope.parameters();
  const [towardsWeight, towardsCenter] = gradients(sum(moved), [weight, center!]);
  assert(towardsWeight !== undefined);
  const { parameters } = buildProgram({ towardsCenter: towardsCenter! });
  assertEquals(parameters, {}, "it is a constant");
});
