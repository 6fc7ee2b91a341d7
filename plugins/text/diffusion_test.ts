import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { openNetwork, SPACE_WIDTH, traceNetwork } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { random } from "@codi/core/random";
import { openDevice } from "@codi/core/runtime";
import { type Tensor, tensor } from "@codi/core/tensor";
import { SMALL_SENTENCES } from "./_testing.ts";
import { textDiffusion } from "./diffusion.ts";

const { network } = textDiffusion(SMALL_SENTENCES);

/** Random weights, none of them zero, so that every input counts. */
function randomWeights(): Record<string, Tensor> {
  const scope = new Scope();
  traceNetwork(network, scope, 1);
  const weights = scope.initialWeights(1);
  for (const [name, { data }] of Object.entries(weights)) {
    if (data.every((value) => value === 0)) {
      random(name).fillNormal(data);
      data.forEach((value, i) => data[i] = 0.1 * value);
    }
  }
  return weights;
}

function inputs(batch: number, seed: number) {
  const draw = (name: string, shape: number[]) =>
    tensor(shape, random(seed, name).fillNormal(new Float32Array(shape.reduce((a, b) => a * b))));
  return {
    z: draw("z", [batch, 8]),
    timestep: tensor([batch], new Float32Array(batch).fill(400)),
    condition: draw("condition", [batch, SPACE_WIDTH]),
    present: tensor([batch], new Float32Array(batch).fill(1)),
  };
}

Deno.test("textDiffusion() looks at every input, and at no condition where there is none", async () => {
  await using device = openDevice({ threads: 1 });
  const running = openNetwork(network, randomWeights(), device);
  const run = async (feeds: ReturnType<typeof inputs>) =>
    (await running.run(feeds))["prediction"]!.data.join();
  const feeds = inputs(1, 1);
  const prediction = await run(feeds);
  const other = inputs(1, 2);
  assert(prediction !== await run({ ...feeds, z: other.z }));
  assert(prediction !== await run({ ...feeds, timestep: tensor([1], Float32Array.of(401)) }));
  assert(prediction !== await run({ ...feeds, condition: other.condition }));
  const none = { ...feeds, present: tensor([1]) };
  assert(prediction !== await run(none));
  assertEquals(await run(none), await run({ ...none, condition: other.condition }));
});

Deno.test("textDiffusion() predicts the same when a sample is alone or in a batch", async () => {
  await using device = openDevice({ threads: 1 });
  const running = openNetwork(network, randomWeights(), device);
  const feeds = inputs(4, 3);
  const { prediction } = await running.run(feeds);
  const alone = await running.run(Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, data }]) => {
      const size = data.length / 4;
      return [name, tensor([1, ...shape.slice(1)], data.slice(2 * size, 3 * size))];
    }),
  ));
  alone["prediction"]!.data.forEach((value, i) =>
    assertAlmostEquals(value, prediction!.data[16 + i]!, 1e-4)
  );
});
