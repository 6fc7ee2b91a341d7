import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  LATENT_STATISTICS,
  type Network,
  openNetwork,
  traceNetwork,
  weightShapes,
} from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { random } from "@codi/core/random";
import { openDevice } from "@codi/core/runtime";
import { type Tensor, tensor } from "@codi/core/tensor";
import { noisePicture, randomWeights, SMALL } from "./_testing.ts";
import { IMAGE_CONFIG } from "./config.ts";
import { imageDiffusion } from "./diffusion.ts";
import { image } from "./mod.ts";
import { imagePromptEncoder } from "./prompt_encoder.ts";
import { imageAutoencoder } from "./vae.ts";

function shapesOf(network: Network, batch: number): Record<string, readonly number[]> {
  const outputs = traceNetwork(network, new Scope(), batch);
  return Object.fromEntries(Object.entries(outputs).map(([name, { shape }]) => [name, shape]));
}

Deno.test("the image networks trace to the shapes they promise, at any size and batch", () => {
  const sizes = [
    [IMAGE_CONFIG, [4, 16, 16]],
    [SMALL, [2, 8, 8]],
    [{ ...SMALL, latentSide: 32, latentChannels: 3 }, [3, 32, 32]],
    [{ ...SMALL, latentSide: 4 }, [2, 4, 4]],
  ] as const;
  for (const [config, latent] of sizes) {
    for (const batch of [1, 3]) {
      const { encoder, decoder, latentShape } = imageAutoencoder(config);
      assertEquals(latentShape, [...latent]);
      assertEquals(shapesOf(encoder, batch), { latent: [batch, ...latent] });
      assertEquals(shapesOf(decoder, batch), { picture: [batch, 3, 64, 64] });
      assertEquals(shapesOf(imagePromptEncoder(config).network, batch), {
        embedding: [batch, 256],
      });
      assertEquals(shapesOf(imageDiffusion(config).network, batch), {
        prediction: [batch, ...latent],
      });
    }
  }
  assertThrows(() => shapesOf(imageAutoencoder({ ...SMALL, latentSide: 24 }).encoder, 1));
});

Deno.test("encoder and decoder share no weight but the latents' statistics", () => {
  const { encoder, decoder } = imageAutoencoder(SMALL);
  const names = [encoder, decoder].map((network) => Object.keys(weightShapes(network)));
  const shared = names[0]!.filter((name) => names[1]!.includes(name));
  assertEquals(shared.sort(), Object.values(LATENT_STATISTICS).sort());
});

Deno.test("the shipped image networks fit in 16 MB of float16 together", () => {
  const { promptEncoder, autoencoder, diffusion } = image;
  const parts = [
    promptEncoder.network,
    autoencoder!.encoder,
    autoencoder!.decoder,
    diffusion!.network,
  ];
  const numbers = parts.map((network) =>
    Object.values(weightShapes(network)).reduce(
      (total, shape) => total + shape.reduce((a, b) => a * b, 1),
      0,
    )
  );
  assert(2 * numbers.reduce((a, b) => a + b) <= 16e6, `${numbers}`);
});

Deno.test("imageAutoencoder() standardises latents in the encoder and undoes it in the decoder", async () => {
  const autoencoder = imageAutoencoder(SMALL);
  const weights = randomWeights(autoencoder.encoder, autoencoder.decoder);
  const measured = {
    [LATENT_STATISTICS.mean]: tensor([2], Float32Array.of(0.5, -2)),
    [LATENT_STATISTICS.deviation]: tensor([2], Float32Array.of(2, 0.25)),
  };
  const plain = {
    [LATENT_STATISTICS.mean]: tensor([2]),
    [LATENT_STATISTICS.deviation]: tensor([2], Float32Array.of(1, 1)),
  };
  await using device = openDevice({ threads: 1 });
  const run = async (statistics: Record<string, Tensor>) => {
    const all = { ...weights, ...statistics };
    const encoder = openNetwork(autoencoder.encoder, all, device);
    const decoder = openNetwork(autoencoder.decoder, all, device);
    const { latent } = await encoder.run(autoencoder.feeds([noisePicture(1), noisePicture(2)]));
    return { latent: latent!, pictures: await autoencoder.decode(decoder, latent!, {}) };
  };
  const [raw, standard] = [await run(plain), await run(measured)];
  standard.latent.data.forEach((value, i) => {
    const channel = Math.floor(i / 64) % 2;
    const expected = (raw.latent.data[i]! - [0.5, -2][channel]!) / [2, 0.25][channel]!;
    assertAlmostEquals(value, expected, 1e-4);
  });
  assertEquals(standard.pictures.map(({ shape }) => shape), [[3, 64, 64], [3, 64, 64]]);
  standard.pictures.forEach(({ data }, row) =>
    data.forEach((value, i) => assertAlmostEquals(value, raw.pictures[row]!.data[i]!, 1e-4))
  );
});

Deno.test("imagePromptEncoder() gives vectors of length 1 that tell pictures apart", async () => {
  const { network, feeds } = imagePromptEncoder(SMALL);
  await using device = openDevice({ threads: 1 });
  const running = openNetwork(network, randomWeights(network), device);
  const pictures = [noisePicture(1), noisePicture(2), tensor([3, 64, 64])];
  const { embedding } = await running.run(feeds(pictures));
  const rows = pictures.map((_, i) => embedding!.data.slice(256 * i, 256 * i + 256));
  for (const row of rows) assertAlmostEquals(Math.hypot(...row), 1, 1e-5);
  const gap = (a: Float32Array, b: Float32Array) =>
    Math.hypot(...a.map((value, i) => value - b[i]!));
  assert(gap(rows[0]!, rows[1]!) > 1e-3 && gap(rows[0]!, rows[2]!) > 1e-2);
});

Deno.test("imageDiffusion() reads the condition only where there is one", async () => {
  const { network } = imageDiffusion(SMALL);
  await using device = openDevice({ threads: 1 });
  const running = openNetwork(network, randomWeights(network), device);
  const draw = random("inputs");
  const z = tensor([1, 2, 8, 8], draw.fillNormal(new Float32Array(128)));
  const prompt = (key: string) => tensor([1, 256], random(key).fillNormal(new Float32Array(256)));
  const at = async (condition: Tensor, present: number, timestep: number) => {
    const { prediction } = await running.run({
      z,
      condition,
      timestep: tensor([1], Float32Array.of(timestep)),
      present: tensor([1], Float32Array.of(present)),
    });
    return prediction!.data;
  };
  const [a, b] = [prompt("a"), prompt("b")];
  const seen = await at(a, 1, 500);
  assert(seen.join() !== (await at(b, 1, 500)).join(), "the prompt counts");
  assert(seen.join() !== (await at(a, 1, 100)).join(), "so does the timestep");
  assertEquals(await at(a, 0, 500), await at(b, 0, 500));
  assert(seen.join() !== (await at(a, 0, 500)).join());
});
