import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { buildProgram, gradients, input } from "../graph/mod.ts";
import { random } from "../random/mod.ts";
import { openDevice } from "../runtime/mod.ts";
import { tensor } from "../tensor/mod.ts";
import {
  type AutoencoderConfig,
  autoencoderLoss,
  convolutionalDecoder,
  convolutionalEncoder,
  Scope,
} from "./mod.ts";

const config: AutoencoderConfig = {
  channels: 1,
  latentChannels: 2,
  factor: 4,
  width: 8,
  encoderBlocks: 1,
  decoderBlocks: 1,
  fineWidth: 8,
};

Deno.test("convolutionalEncoder() and convolutionalDecoder() keep proportions at any factor", () => {
  for (const factor of [2, 4, 8]) {
    for (const [height, width] of [[8, 16], [32, 8]] as const) {
      const scope = new Scope();
      const sizes = { ...config, channels: 3, factor };
      const x = input("x", [2, 3, height, width]);
      const { mean, logVariance } = convolutionalEncoder(scope.at("encoder"), x, sizes);
      assertEquals(mean.shape, [2, 2, height / factor, width / factor]);
      assertEquals(logVariance.shape, mean.shape);
      assertEquals(convolutionalDecoder(scope.at("decoder"), mean, sizes).shape, x.shape);
    }
  }
  const odd = input("x", [1, 1, 6, 8]);
  assertThrows(() => convolutionalEncoder(new Scope(), odd, config), RangeError);
});

Deno.test("autoencoderLoss() is the sum of its terms, and every weight has a gradient", async () => {
  const scope = new Scope();
  const x = input("x", [2, 1, 8, 16]);
  const { loss, metrics } = autoencoderLoss(scope, x, input("noise", [2, 2, 2, 4]), config);
  const parameters = scope.parameters();
  const slopes = gradients(loss, Object.values(parameters));
  const outputs = Object.keys(parameters).map((name, index) => [`d ${name}`, slopes[index]!]);
  // First weights leave blocks the identity, so none may be zero here.
  const weights = scope.initialWeights(2);
  for (const [name, { data }] of Object.entries(weights)) {
    if (data.every((value) => value === 0)) random(name).fillNormal(data);
  }
  await using device = openDevice({ threads: 1 });
  const program = buildProgram({ loss, ...metrics, ...Object.fromEntries(outputs) }, { weights });
  const { run } = await device.load(program);
  const given = await run({
    x: tensor([2, 1, 8, 16], random(1).fillNormal(new Float32Array(256))),
    noise: tensor([2, 2, 2, 4], random(2).fillNormal(new Float32Array(32))),
  });
  const { squared, absolute, divergence } = Object.fromEntries(
    Object.entries(given).map(([name, { data }]) => [name, data[0]!]),
  );
  const sum = squared! + absolute! + 3e-3 * divergence!;
  assertAlmostEquals(given["loss"]!.data[0]! / sum, 1, 1e-5);
  assert(divergence! > 0 && squared! > 0 && absolute! ** 2 <= squared!, "as means must be");
  for (const name of Object.keys(parameters)) {
    assert(given[`d ${name}`]!.data.some((value) => value !== 0), name);
  }
});
