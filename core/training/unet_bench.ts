import { IMAGE_CONFIG } from "@codi/image/training";
import { buildProgram, input, mse, type Value } from "../graph/mod.ts";
import { Scope, unet } from "../nn/mod.ts";
import { random } from "../random/mod.ts";
import { openDevice } from "../runtime/mod.ts";
import { elementCount, tensor } from "../tensor/mod.ts";
import { openTrainer } from "./mod.ts";

// The image UNet: a training step with AdamW, and a denoising step with constant weights.
const scope = new Scope();
const draw = (shape: readonly number[]) =>
  tensor(shape, random(shape.join()).fillNormal(new Float32Array(elementCount(shape))));

function trace(batch: number) {
  const feeds = {
    z: draw([batch, 4, 16, 16]),
    timestep: draw([batch]),
    condition: draw([batch, 256]),
  };
  const y: Value = unet(scope, {
    z: input("z", feeds.z.shape),
    timestep: input("timestep", feeds.timestep.shape),
    condition: input("condition", feeds.condition.shape),
  }, IMAGE_CONFIG.unet);
  return { y, feeds };
}

for (const batch of [16, 64]) {
  const { y, feeds } = trace(batch);
  const loss = mse(y, input("target", y.shape));
  const batchOfStep = { ...feeds, target: draw(y.shape) };
  Deno.bench(`unet() training step, batch ${batch}`, { n: 5, warmup: 2 }, async (b) => {
    await using trainer = await openTrainer(scope, { loss }, { steps: 100 });
    await trainer.advance(batchOfStep);
    b.start();
    await trainer.advance(batchOfStep);
    b.end();
  });
}

for (const batch of [1, 2, 8]) {
  const { y, feeds } = trace(batch);
  Deno.bench(`unet() inference step, batch ${batch}`, { n: 20, warmup: 2 }, async (b) => {
    await using device = openDevice();
    const program = buildProgram({ y }, { weights: scope.initialWeights(0) });
    const executable = await device.load(program);
    await executable.run(feeds);
    b.start();
    await executable.run(feeds);
    b.end();
  });
}
