import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
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
import { pluckedTone, randomWeights, SMALL } from "./_networks_testing.ts";
import { AUDIO_CONFIG } from "./config.ts";
import { audioDiffusion } from "./diffusion.ts";
import { audio } from "./mod.ts";
import { audioPromptEncoder } from "./prompt_encoder.ts";
import { audioAutoencoder } from "./vae.ts";

function shapesOf(network: Network, batch: number): Record<string, readonly number[]> {
  const outputs = traceNetwork(network, new Scope(), batch);
  return Object.fromEntries(Object.entries(outputs).map(([name, { shape }]) => [name, shape]));
}

Deno.test("the audio networks trace to the shapes they promise, at any size and batch", () => {
  for (const config of [AUDIO_CONFIG, SMALL]) {
    for (const batch of [1, 3]) {
      const { encoder, decoder, renderer, latentShape } = audioAutoencoder(config);
      const latent = [batch, config.latentChannels, 16, 32];
      assertEquals([batch, ...latentShape], latent);
      assertEquals(shapesOf(encoder, batch), { latent });
      assertEquals(shapesOf(decoder, batch), { spectrogram: [batch, 1, 64, 128] });
      assertEquals(shapesOf(renderer!, batch), { sound: [batch, 32000] });
      const { network } = audioPromptEncoder(config);
      assertEquals(shapesOf(network, batch), { embedding: [batch, 256] });
      assertEquals(shapesOf(audioDiffusion(config).network, batch), { prediction: latent });
    }
  }
});

Deno.test("encoder and decoder share no weight but the latents' statistics", () => {
  const { encoder, decoder } = audioAutoencoder(SMALL);
  const names = [encoder, decoder].map((network) => Object.keys(weightShapes(network)));
  const shared = names[0]!.filter((name) => names[1]!.includes(name));
  assertEquals(shared.sort(), Object.values(LATENT_STATISTICS).sort());
});

Deno.test("the shipped audio networks fit in 16 MB of float16 together", () => {
  const { promptEncoder, autoencoder, diffusion } = audio;
  const { encoder, decoder, renderer } = autoencoder!;
  const parts = [promptEncoder.network, encoder, decoder, renderer!, diffusion!.network];
  const numbers = parts.map((network) =>
    Object.values(weightShapes(network)).reduce(
      (total, shape) => total + shape.reduce((a, b) => a * b, 1),
      0,
    )
  );
  assert(2 * numbers.reduce((a, b) => a + b) <= 16e6, `${numbers}`);
});

Deno.test("audioPromptEncoder() tells apart when and how high a tone sounds", async () => {
  const { network, feeds } = audioPromptEncoder(SMALL);
  await using device = openDevice({ threads: 1 });
  const running = openNetwork(network, randomWeights(network), device);
  const sounds = [pluckedTone(300, 0.25), pluckedTone(300, 1), pluckedTone(600, 0.25)];
  const { embedding } = await running.run(feeds(sounds));
  const rows = sounds.map((_, i) => embedding!.data.slice(256 * i, 256 * i + 256));
  for (const row of rows) assertAlmostEquals(Math.hypot(...row), 1, 1e-5);
  const gap = (a: Float32Array, b: Float32Array) =>
    Math.hypot(...a.map((value, i) => value - b[i]!));
  assert(gap(rows[0]!, rows[1]!) > 1e-2 && gap(rows[0]!, rows[2]!) > 1e-2);
});

Deno.test("audioDiffusion() reads the condition only where there is one, and knows places", async () => {
  const { network } = audioDiffusion(SMALL);
  await using device = openDevice({ threads: 1 });
  const running = openNetwork(network, randomWeights(network), device);
  const draw = random("inputs");
  const noise = tensor([1, 2, 16, 32], draw.fillNormal(new Float32Array(1024)));
  const prompt = (key: string) => tensor([1, 256], random(key).fillNormal(new Float32Array(256)));
  const at = async (condition: Tensor, present: number, timestep: number, z = noise) => {
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
  // Zeros everywhere: away from the edges only the position tells two places apart.
  const flat = await at(a, 1, 500, tensor([1, 2, 16, 32]));
  const [here, later, higher] = [[8, 14], [8, 18], [6, 14]].map(([y, x]) => flat[y! * 32 + x!]!);
  assert(Math.abs(here! - later!) > 1e-3 && Math.abs(here! - higher!) > 1e-3);
});

Deno.test("audioAutoencoder() decodes by the vocoder asked for, Griffin-Lim without weights of its own", async () => {
  const autoencoder = audioAutoencoder(SMALL);
  const { encoder, decoder, renderer } = autoencoder;
  const weights = randomWeights(encoder, decoder);
  await using device = openDevice({ threads: 1 });
  const running = openNetwork(decoder, weights, device);
  const { latent } = await openNetwork(encoder, weights, device).run(
    autoencoder.feeds([pluckedTone(300), pluckedTone(500)]),
  );
  const missing = () => Promise.reject(new Error("no weights"));
  const plain = await autoencoder.decode(running, latent!, { renderer: missing });
  assertEquals(plain.map(({ shape }) => [...shape]), [[32000], [32000]]);
  const named = { settings: { vocoder: "griffin-lim" } };
  assertEquals(await autoencoder.decode(running, latent!, named), plain);
  const neural = await autoencoder.decode(running, latent!, {
    settings: { vocoder: "neural" },
    renderer: () => Promise.resolve(openNetwork(renderer!, randomWeights(renderer!), device)),
  });
  assertEquals(neural.map(({ shape }) => [...shape]), [[32000], [32000]]);
  assert(neural[0]!.data.some((value, i) => value !== plain[0]!.data[i]));
  for (const { data } of [...plain, ...neural]) {
    assert(data.every((value) => Math.abs(value) <= 1));
  }
  const usually = audioAutoencoder({ ...SMALL, vocoder: { ...SMALL.vocoder, usual: "neural" } });
  await assertRejects(
    () => usually.decode(running, latent!, { renderer: missing }),
    Error,
    "no weights",
  );
  assertEquals(await usually.decode(running, latent!, named), plain);
  const neuralAlone = { settings: { vocoder: "neural" }, renderer: missing };
  await assertRejects(() => autoencoder.decode(running, latent!, neuralAlone), Error, "no weights");
  await assertRejects(
    () => autoencoder.decode(running, latent!, { settings: { vocoder: "flute" } }),
    RangeError,
    'Cannot decode "audio" with vocoder "flute": it takes "griffin-lim" or "neural"',
  );
  await assertRejects(
    () => autoencoder.decode(running, latent!, { settings: { temperature: 1 } }),
    RangeError,
    'Cannot decode "audio" with temperature "1": the setting of "audio" is "vocoder"',
  );
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(() => autoencoder.decode(running, latent!, { signal }), Error, "enough");
});
