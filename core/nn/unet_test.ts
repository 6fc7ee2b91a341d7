import { assert, assertAlmostEquals, assertThrows } from "@std/assert";
import { buildProgram, gradients, input, mse, type Program, type Value } from "../graph/mod.ts";
import { random } from "../random/mod.ts";
import { type Device, openDevice } from "../runtime/mod.ts";
import { elementCount, type Tensor, tensor } from "../tensor/mod.ts";
import { Scope, unet, type UnetConfig } from "./mod.ts";

const config: UnetConfig = {
  widths: [16, 24],
  attention: [false, true],
  depth: 1,
  patch: 2,
  heads: 4,
  timeWidth: 16,
  contextTokens: 4,
  contextWidth: 16,
};

const draw = (shape: readonly number[], key: string, deviation = 1): Tensor => {
  const data = random("unet", key).fillNormal(new Float32Array(elementCount(shape)));
  return tensor(shape, data.map((value) => value * deviation));
};

function trace(scope: Scope, batch: number): { y: Value; feeds: Record<string, Tensor> } {
  const shapes = { z: [batch, 4, 16, 16], timestep: [batch], condition: [batch, 8] };
  const y = unet(scope, {
    z: input("z", shapes.z),
    timestep: input("timestep", shapes.timestep),
    condition: input("condition", shapes.condition),
  }, config);
  const feeds = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, draw(shape, `${name} ${batch}`)]),
  );
  return { y, feeds };
}

/** First weights leave blocks the identity, so all are drawn. */
function drawWeights(scope: Scope): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(scope.shapes()).map(([name, shape]) => {
      const inputs = elementCount(shape.slice(1));
      return [name, draw(shape, name, shape.length > 1 ? 1 / Math.sqrt(inputs) : 0.5)];
    }),
  );
}

async function run(device: Device, program: Program, feeds: Record<string, Tensor>) {
  return await (await device.load(program)).run(feeds);
}

/** By the largest number of what is expected. */
function assertClose(actual: Tensor, expected: Tensor, tolerance: number, name: string) {
  const largest = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  assert(largest > 0, `${name} is zero throughout`);
  const worst = expected.data.reduce(
    (most, value, index) => Math.max(most, Math.abs(value - actual.data[index]!)),
    0,
  );
  assertAlmostEquals(worst / largest, 0, tolerance, name);
}

Deno.test("unet() gives the same traced for training and for inference", async () => {
  await using device = openDevice({ threads: 1 });
  const scope = new Scope();
  for (const batch of [1, 2, 8]) {
    const { y, feeds } = trace(scope, batch);
    const weights = drawWeights(scope);
    const loss = mse(y, input("target", y.shape));
    const parameters = scope.parameters();
    const slopes = gradients(loss, Object.values(parameters));
    const training = buildProgram({
      y,
      ...Object.fromEntries(
        Object.keys(parameters).map((name, index) => [`d ${name}`, slopes[index]!]),
      ),
    });
    const target = draw(y.shape, "target");
    const trained = await run(device, training, { ...feeds, ...weights, target });
    const inferred = await run(device, buildProgram({ y }, { weights }), feeds);
    assertClose(inferred["y"]!, trained["y"]!, 1e-5, `batch ${batch}`);
    // Small maps of a batch are computed with the batch innermost.
    const written = buildProgram({ y }, { batchInnermost: false });
    assertClose(
      (await run(device, written, { ...feeds, ...weights }))["y"]!,
      trained["y"]!,
      1e-5,
      `written, batch ${batch}`,
    );
  }
});

Deno.test("unet() has the same gradients in both layouts", async () => {
  await using device = openDevice({ threads: 1 });
  const scope = new Scope();
  const { y, feeds } = trace(scope, 2);
  const all = { ...feeds, ...drawWeights(scope), target: draw(y.shape, "target") };
  const names = Object.keys(scope.parameters());
  const slopes = gradients(mse(y, input("target", y.shape)), Object.values(scope.parameters()));
  const outputs = Object.fromEntries(names.map((name, index) => [name, slopes[index]!]));
  const innermost = await run(device, buildProgram(outputs), all);
  const written = await run(device, buildProgram(outputs, { batchInnermost: false }), all);
  for (const name of names) {
    // A key's bias-free projection of equal scores may be next to nothing: compare those that count.
    assertClose(innermost[name]!, written[name]!, 1e-3, name);
  }
});

Deno.test("unet() gives a sample the same whatever else is in the batch", async () => {
  await using device = openDevice({ threads: 1 });
  const scope = new Scope();
  const { y, feeds } = trace(scope, 8);
  const weights = drawWeights(scope);
  const eight = (await run(device, buildProgram({ y }, { weights }), feeds))["y"]!;
  const single = trace(scope, 1).y;
  const program = buildProgram({ y: single }, { weights });
  for (const sample of [0, 7]) {
    const part = ({ shape, data }: Tensor) => {
      const size = elementCount(shape.slice(1));
      return tensor([1, ...shape.slice(1)], data.slice(sample * size, (sample + 1) * size));
    };
    const one = Object.fromEntries(
      Object.entries(feeds).map(([name, feed]) => [name, part(feed)]),
    );
    assertClose((await run(device, program, one))["y"]!, part(eight), 1e-5, `sample ${sample}`);
  }
});

Deno.test("unet() reads several prompts side by side, each by its share", async () => {
  await using device = openDevice({ threads: 1 });
  const scope = new Scope();
  const single = trace(scope, 2);
  const weights = drawWeights(scope);
  const count = 3;
  const inputs = {
    ...single.feeds,
    prompts: tensor([2, count, 8]),
    logShares: tensor([2, count]),
  };
  const values = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape }]) => [name, input(name, shape)]),
  );
  const y = unet(new Scope(), {
    z: values["z"]!,
    timestep: values["timestep"]!,
    condition: values["condition"]!,
    sideBySide: { prompts: values["prompts"]!, logShares: values["logShares"]! },
  }, config);
  const program = buildProgram({ y }, { weights });
  const condition = single.feeds["condition"]!;
  const other = draw([2, 8], "other prompt");
  const read = async (prompts: readonly Tensor[], shares: readonly number[]) => {
    for (let row = 0; row < 2; row++) {
      for (let prompt = 0; prompt < count; prompt++) {
        const numbers = prompts[prompt]!.data.subarray(row * 8, row * 8 + 8);
        inputs.prompts.data.set(numbers, (row * count + prompt) * 8);
        const share = shares[prompt]!;
        inputs.logShares.data[row * count + prompt] = share > 0 ? Math.log(share) : -1e4;
      }
    }
    return (await run(device, program, inputs))["y"]!;
  };
  const alone = (await run(device, buildProgram({ y: single.y }, { weights }), single.feeds))["y"]!;
  const third = 1 / 3;
  for (
    const [prompts, shares] of [
      [[condition, condition, condition], [third, third, third]],
      [[condition, condition, condition], [0.5, 0.5, 0]],
      [[other, condition, other], [0, 1, 0]],
    ] as const
  ) {
    assertClose(await read(prompts, shares), alone, 1e-5, `shares ${shares}`);
  }
  const mixed = await read([condition, other, other], [0.5, 0.5, 0]);
  const gap = mixed.data.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - alone.data[i]!)),
    0,
  );
  assert(gap > 1e-2, `${gap}`);
  assertClose(
    await read([other, condition, condition], [0.5, 0.25, 0.25]),
    mixed,
    1e-5,
    "a prompt in two parts, in another order",
  );
});

Deno.test("unet() refuses a latent whose size does not divide", () => {
  const inputs = {
    z: input("z", [1, 4, 6, 6]),
    timestep: input("timestep", [1]),
    condition: input("condition", [1, 8]),
  };
  assertThrows(() => unet(new Scope(), inputs, config), RangeError, '"pixelUnshuffle"');
});
