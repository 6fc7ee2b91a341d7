import { infoNce, input, mse } from "@codi/core/graph";
import { type Network, openNetwork, traceNetwork } from "@codi/core/modality";
import { Scope, unet } from "@codi/core/nn";
import { random } from "@codi/core/random";
import { openDevice } from "@codi/core/runtime";
import { elementCount, type Tensor, tensor } from "@codi/core/tensor";
import { openTrainer, type TracedLoss } from "@codi/core/training";
import { FRAME_COUNT } from "./clip.ts";
import { VIDEO_CONFIG } from "./config.ts";
import { predict, videoDiffusion } from "./diffusion.ts";
import { clipEmbedding, videoPromptEncoder } from "./prompt_encoder.ts";

const draw = (shape: readonly number[]) =>
  tensor(shape, random(shape.join()).fillNormal(new Float32Array(elementCount(shape))));

function inputsOf(network: Network, batch: number) {
  const types = Object.entries(network.inputs(batch));
  return {
    values: Object.fromEntries(types.map(([name, { shape }]) => [name, input(name, shape)])),
    feeds: Object.fromEntries(types.map(([name, { shape }]) => [name, draw(shape)])),
  };
}

function benchTraining(
  name: string,
  group: string,
  trace: (scope: Scope) => readonly [TracedLoss, Record<string, Tensor>],
): void {
  Deno.bench(name, { group, n: 3, warmup: 0 }, async (b) => {
    const scope = new Scope();
    const [traced, feeds] = trace(scope);
    await using trainer = await openTrainer(scope, traced, { steps: 100 });
    await trainer.advance(feeds);
    await trainer.advance(feeds);
    b.start();
    await trainer.advance(feeds);
    b.end();
  });
}

// What the layers along time cost: the same frames as single pictures.
const clips = 4;
const frames = clips * FRAME_COUNT;
benchTraining(`${frames} frames as pictures, training step`, "unet", (scope) => {
  const shape = [frames, 4, 16, 16];
  const y = unet(scope, {
    z: input("z", shape),
    timestep: input("timestep", [frames]),
    condition: input("condition", [frames, 256]),
  }, VIDEO_CONFIG.unet);
  const feeds = {
    z: draw(shape),
    timestep: draw([frames]),
    condition: draw([frames, 256]),
    target: draw(shape),
  };
  return [{ loss: mse(y, input("target", shape)) }, feeds];
});
benchTraining(`${clips} clips, training step`, "unet", (scope) => {
  const { values, feeds } = inputsOf(videoDiffusion(VIDEO_CONFIG).network, clips);
  const { z, timestep, condition, present } = values;
  const y = predict(
    scope,
    { z: z!, timestep: timestep!, condition: condition!, present: present! },
    VIDEO_CONFIG,
  );
  const target = draw(y.shape);
  return [{ loss: mse(y, input("target", y.shape)) }, { ...feeds, target }];
});

benchTraining("64 clips, training step", "prompt encoder", (scope) => {
  const { values, feeds } = inputsOf(videoPromptEncoder(VIDEO_CONFIG).network, 64);
  const loss = infoNce(
    input("captions", [64, 256]),
    clipEmbedding(scope, values, VIDEO_CONFIG),
    input("scale", []),
    input("masked", [64, 64], "bool"),
  );
  return [{ loss }, {
    ...feeds,
    captions: draw([64, 256]),
    scale: tensor([], Float32Array.of(10)),
    masked: { shape: [64, 64], data: new Uint8Array(64 * 64) } as unknown as Tensor,
  }];
});

for (const count of [1, 2]) {
  Deno.bench(`${count} clips, denoising step`, { n: 10, warmup: 2 }, async (b) => {
    const { network } = videoDiffusion(VIDEO_CONFIG);
    const scope = new Scope();
    traceNetwork(network, scope, 1);
    await using device = openDevice();
    const running = openNetwork(network, scope.initialWeights(0), device);
    const { feeds } = inputsOf(network, count);
    await running.run(feeds);
    b.start();
    await running.run(feeds);
    b.end();
  });
}
