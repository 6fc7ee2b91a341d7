import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { buildProgram, infoNce, input, mse } from "@codi/core/graph";
import {
  LATENT_STATISTICS,
  type Network,
  openNetwork,
  SPACE_WIDTH,
  traceNetwork,
  weightShapes,
} from "@codi/core/modality";
import { Scope, unet } from "@codi/core/nn";
import { openDevice } from "@codi/core/runtime";
import { elementCount, type Tensor, tensor } from "@codi/core/tensor";
import { openTrainer } from "@codi/core/training";
import { image } from "@codi/image";
import { noise, noiseClip, randomWeights, SMALL, withoutZeros } from "./_testing.ts";
import { FRAME_COUNT } from "./clip.ts";
import { VIDEO_CONFIG } from "./config.ts";
import { predict, videoDiffusion } from "./diffusion.ts";
import { clipEmbedding, videoPromptEncoder } from "./prompt_encoder.ts";
import { videoAutoencoder } from "./vae.ts";

function shapesOf(network: Network, batch: number): Record<string, readonly number[]> {
  const outputs = traceNetwork(network, new Scope(), batch);
  return Object.fromEntries(Object.entries(outputs).map(([name, { shape }]) => [name, shape]));
}

function valuesOf(network: Network, batch: number) {
  const types = Object.entries(network.inputs(batch));
  return Object.fromEntries(types.map(([name, { shape }]) => [name, input(name, shape)]));
}

Deno.test("the video networks trace to the shapes they promise, at any size and batch", () => {
  for (
    const [config, latent] of [
      [VIDEO_CONFIG, [16, 4, 16, 16]],
      [SMALL, [16, 2, 8, 8]],
      [{ ...SMALL, latentSide: 16, latentChannels: 3 }, [16, 3, 16, 16]],
    ] as const
  ) {
    for (const batch of [1, 3]) {
      const { encoder, decoder, latentShape } = videoAutoencoder(config);
      assertEquals(latentShape, [...latent]);
      assertEquals(shapesOf(encoder, batch), { latent: [batch, ...latent] });
      assertEquals(shapesOf(decoder, batch), { clip: [batch, 16, 3, 64, 64] });
      assertEquals(shapesOf(videoPromptEncoder(config).network, batch), {
        embedding: [batch, 256],
      });
      assertEquals(shapesOf(videoDiffusion(config).network, batch), {
        prediction: [batch, ...latent],
      });
    }
  }
});

Deno.test("the shipped video networks hold the image's weights by name, and fit in 16 MB", () => {
  const autoencoder = videoAutoencoder(VIDEO_CONFIG);
  const diffusion = weightShapes(videoDiffusion(VIDEO_CONFIG).network);
  const frames = weightShapes(image.diffusion!.network);
  for (const [name, shape] of Object.entries(frames)) assertEquals(diffusion[name], shape, name);
  const added = Object.keys(diffusion).filter((name) => !(name in frames));
  assert(added.length > 0 && added.every((name) => name.split(".").includes("temporal")));
  assertEquals(weightShapes(autoencoder.encoder), weightShapes(image.autoencoder!.encoder));
  assertEquals(weightShapes(autoencoder.decoder), weightShapes(image.autoencoder!.decoder));
  const shapes = {
    ...weightShapes(autoencoder.encoder),
    ...weightShapes(autoencoder.decoder),
  };
  const count = (all: Record<string, readonly number[]>) =>
    Object.values(all).reduce((total, shape) => total + elementCount(shape), 0);
  const prompt = weightShapes(videoPromptEncoder(VIDEO_CONFIG).network);
  assert(2 * (count(shapes) + count(diffusion) + count(prompt)) <= 16e6);
});

Deno.test("predict() without a step of training is the UNet of pictures, frame by frame", async () => {
  const { network } = videoDiffusion(SMALL);
  const scope = new Scope();
  traceNetwork(network, scope, 1);
  const drawn = scope.initialWeights(1);
  const weights = Object.fromEntries(
    Object.entries(drawn).map(([name, value]) =>
      name.includes("temporal") ? [name, value] : [name, withoutZeros({ value })["value"]!]
    ),
  );
  await using device = openDevice({ threads: 1 });
  const z = noise([2, 16, 2, 8, 8], "z");
  const timestep = tensor([2], Float32Array.of(700, 30));
  const condition = noise([2, SPACE_WIDTH], "condition");
  const running = openNetwork(network, weights, device);
  const present = tensor([2], Float32Array.of(1, 1));
  const { prediction } = await running.run({ z, timestep, condition, present });

  const frames = 2 * FRAME_COUNT;
  const single = unet(new Scope(), {
    z: input("z", [frames, 2, 8, 8]),
    timestep: input("timestep", [frames]),
    condition: input("condition", [frames, SPACE_WIDTH]),
  }, SMALL.unet);
  const repeat = ({ shape: [, ...rest], data }: Tensor) => {
    const size = elementCount(rest);
    const repeated = Float32Array.from(
      { length: frames * size },
      (_, i) => data[Math.floor(i / size / FRAME_COUNT) * size + i % size]!,
    );
    return tensor([frames, ...rest], repeated);
  };
  const { run } = await device.load(buildProgram({ single }, { weights }));
  const expected = await run({
    z: tensor([frames, 2, 8, 8], z.data),
    timestep: repeat(timestep),
    condition: repeat(condition),
  });
  assert(expected["single"]!.data.some((value) => Math.abs(value) > 0.01));
  expected["single"]!.data.forEach((value, i) =>
    assertAlmostEquals(prediction!.data[i]!, value, 1e-5)
  );
});

Deno.test("videoDiffusion() connects the frames of a clip, and reads the condition where it is", async () => {
  const { network } = videoDiffusion(SMALL);
  await using device = openDevice({ threads: 1 });
  const running = openNetwork(network, randomWeights(network), device);
  const z = noise([1, 16, 2, 8, 8], "z");
  const one = (value: number) => tensor([1], Float32Array.of(value));
  const at = async (latent: Tensor, key: string, present: number) => {
    const condition = noise([1, SPACE_WIDTH], key);
    const feeds = { z: latent, timestep: one(500), condition, present: one(present) };
    return (await running.run(feeds))["prediction"]!.data;
  };
  const plain = await at(z, "a", 1);
  const last = tensor(z.shape, z.data.slice());
  for (let i = 15 * 128; i < 16 * 128; i++) last.data[i]! += 1;
  const moved = await at(last, "a", 1);
  const gap = (frame: number) =>
    plain.subarray(frame * 128, (frame + 1) * 128).reduce(
      (most, value, i) => Math.max(most, Math.abs(value - moved[frame * 128 + i]!)),
      0,
    );
  for (let frame = 0; frame < 16; frame++) assert(gap(frame) > 1e-5, `frame ${frame}`);
  assert(plain.join() !== (await at(z, "b", 1)).join(), "the prompt counts");
  assertEquals(await at(z, "a", 0), await at(z, "b", 0));
});

Deno.test("videoAutoencoder() standardises by channel, each frame as a picture of its own", async () => {
  const autoencoder = videoAutoencoder(SMALL);
  const weights = randomWeights(autoencoder.encoder, autoencoder.decoder);
  const statistics = {
    [LATENT_STATISTICS.mean]: tensor([2], Float32Array.of(0.5, -2)),
    [LATENT_STATISTICS.deviation]: tensor([2], Float32Array.of(2, 0.25)),
  };
  const plain = {
    [LATENT_STATISTICS.mean]: tensor([2]),
    [LATENT_STATISTICS.deviation]: tensor([2], Float32Array.of(1, 1)),
  };
  await using device = openDevice({ threads: 1 });
  const clips = [noiseClip(1), noiseClip(2)];
  const run = async (measured: Record<string, Tensor>) => {
    const all = { ...weights, ...measured };
    const encoder = openNetwork(autoencoder.encoder, all, device);
    const decoder = openNetwork(autoencoder.decoder, all, device);
    const { latent } = await encoder.run(autoencoder.feeds(clips));
    return { latent: latent!.data, clips: await autoencoder.decode(decoder, latent!, {}) };
  };
  const [raw, standard] = [await run(plain), await run(statistics)];
  standard.latent.forEach((value, i) => {
    const channel = Math.floor(i / 64) % 2;
    assertAlmostEquals(value, (raw.latent[i]! - [0.5, -2][channel]!) / [2, 0.25][channel]!, 1e-4);
  });
  assertEquals(standard.clips.map(({ shape }) => shape), [[16, 3, 64, 64], [16, 3, 64, 64]]);
  standard.clips.forEach(({ data }, row) =>
    data.forEach((value, i) => assertAlmostEquals(value, raw.clips[row]!.data[i]!, 1e-4))
  );
});

Deno.test("videoPromptEncoder() tells clips apart by their pictures, and by their order", async () => {
  const { network, feeds } = videoPromptEncoder(SMALL);
  await using device = openDevice({ threads: 1 });
  const running = openNetwork(network, randomWeights(network), device);
  const clip = noiseClip(1);
  const size = 3 * 64 * 64;
  // Frames 1 and 2 swapped: neither is seen in full, so only the motion differs.
  const swapped = tensor(clip.shape, clip.data.slice());
  swapped.data.set(clip.data.subarray(size, 2 * size), 2 * size);
  swapped.data.set(clip.data.subarray(2 * size, 3 * size), size);
  const { embedding } = await running.run(feeds([clip, noiseClip(2), swapped]));
  const rows = [0, 1, 2].map((i) => embedding!.data.slice(256 * i, 256 * i + 256));
  for (const row of rows) assertAlmostEquals(Math.hypot(...row), 1, 1e-5);
  const gap = (a: Float32Array, b: Float32Array) =>
    Math.hypot(...a.map((value, i) => value - b[i]!));
  assert(gap(rows[0]!, rows[1]!) > 1e-3, "clips differ");
  assert(gap(rows[0]!, rows[2]!) > 1e-4, "their order counts");
  assertThrows(() => feeds([tensor([3, 64, 64])]), RangeError, "Cannot read a clip of shape");
});

Deno.test("videoPromptEncoder() reads coarse frames as averages of squares", () => {
  const clip = noiseClip(3);
  const { frames, coarse } = videoPromptEncoder(SMALL).feeds([noiseClip(4), clip]) as Record<
    string,
    Tensor
  >;
  assertEquals([frames!.shape, coarse!.shape], [[2, 4, 3, 64, 64], [2, 16, 3, 16, 16]]);
  assertEquals(frames!.data.slice(6 * 12288, 7 * 12288), clip.data.slice(8 * 12288, 9 * 12288));
  let sum = 0;
  for (let y = 8; y < 12; y++) {
    for (let x = 20; x < 24; x++) sum += clip.data[((5 * 3 + 1) * 64 + y) * 64 + x]!;
  }
  // Clip 1, frame 5, green, row 2, column 5.
  assertAlmostEquals(coarse!.data[(((16 + 5) * 3 + 1) * 16 + 2) * 16 + 5]!, sum / 16, 1e-5);
});

Deno.test("the small video networks learn one batch by heart", async () => {
  const diffusion = new Scope();
  const { network } = videoDiffusion(SMALL);
  const { z, timestep, condition, present } = valuesOf(network, 1);
  const y = predict(
    diffusion,
    { z: z!, timestep: timestep!, condition: condition!, present: present! },
    SMALL,
  );
  // Every frame is to give what only the first one shows.
  const shown = noise([128], "shown");
  const target = tensor(y.shape);
  for (let frame = 0; frame < FRAME_COUNT; frame++) target.data.set(shown.data, frame * 128);
  const start = noise(y.shape, "start");
  start.data.set(shown.data);
  const denoising = await losses(diffusion, mse(y, input("target", y.shape)), {
    z: start,
    timestep: tensor([1], Float32Array.of(500)),
    condition: noise([1, SPACE_WIDTH], "condition"),
    present: tensor([1], Float32Array.of(1)),
    target,
  }, 100);
  assert(denoising.last < 0.3 * denoising.first, JSON.stringify(denoising));

  const prompt = new Scope();
  const encoder = videoPromptEncoder(SMALL);
  const embedded = clipEmbedding(prompt, valuesOf(encoder.network, 3), SMALL);
  const contrast = infoNce(input("captions", [3, SPACE_WIDTH]), embedded, input("scale", []));
  const captions = noise([3, SPACE_WIDTH], "captions");
  captions.data.forEach((value, i) => captions.data[i] = value / 16);
  const aligning = await losses(prompt, contrast, {
    ...encoder.feeds([1, 2, 3].map(noiseClip)) as Record<string, Tensor>,
    captions,
    scale: tensor([], Float32Array.of(10)),
  }, 30);
  assert(aligning.last < 0.2 * aligning.first, JSON.stringify(aligning));
});

/** The losses of the first and the last of some steps on one batch. */
async function losses(
  scope: Scope,
  loss: ReturnType<typeof mse>,
  feeds: Record<string, Tensor>,
  steps: number,
): Promise<{ readonly first: number; readonly last: number }> {
  const options = { steps, learningRate: 1e-2, warmup: 5 };
  await using trainer = await openTrainer(scope, { loss }, options, { session: { threads: 1 } });
  const { metrics } = await trainer.advance(feeds);
  for (let step = 2; step < steps; step++) await trainer.advance(feeds);
  return { first: metrics["loss"]!, last: (await trainer.advance(feeds)).metrics["loss"]! };
}
