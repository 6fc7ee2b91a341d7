import { assert, assertEquals, assertThrows } from "@std/assert";
import { environmentInputs } from "@codi/core/environment";
import { type Network, openNetwork, traceNetwork, weightShapes } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { random } from "@codi/core/random";
import { openDevice } from "@codi/core/runtime";
import { type Tensor, tensor } from "@codi/core/tensor";
import { createScore, KEYS, score } from "./mod.ts";
import { likeliestScores } from "./roll.ts";
import { SCORE_CONFIG, type ScoreConfig } from "./training.ts";

const SMALL: ScoreConfig = {
  latentChannels: 2,
  autoencoder: { width: 8, blocks: 1 },
  promptEncoder: { width: 8, blocks: 1 },
  diffusion: { width: 8, blocks: 1 },
};
const small = createScore(SMALL, {});

/** Weights none of which is zero, so that every path counts. */
function randomWeights(...networks: readonly Network[]): Record<string, Tensor> {
  const draw = random("weights");
  return Object.fromEntries(
    networks.flatMap((network) => Object.entries(weightShapes(network))).map(([name, shape]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return [name, tensor(shape, draw.fillNormal(new Float32Array(size)).map((x) => 0.3 * x))];
    }),
  );
}

const normal = (key: string, ...shape: number[]): Tensor =>
  tensor(shape, random(key).fillNormal(new Float32Array(shape.reduce((a, b) => a * b))));

Deno.test("the score networks trace to the shapes they promise, at any size and batch", () => {
  const shapesOf = (network: Network, batch: number) =>
    Object.fromEntries(
      Object.entries(traceNetwork(network, new Scope(), batch))
        .map(([name, { shape }]) => [name, shape]),
    );
  for (
    const [config, { promptEncoder, autoencoder, diffusion, environment }] of [
      [SCORE_CONFIG, score],
      [SMALL, small],
    ] as const
  ) {
    for (const batch of [1, 3]) {
      const latent = [batch, config.latentChannels, 16];
      assertEquals([batch, ...autoencoder!.latentShape], latent);
      assertEquals(shapesOf(autoencoder!.encoder, batch), { latent });
      assertEquals(shapesOf(autoencoder!.decoder, batch), {
        slots: [batch, 16, 129],
        things: [batch, 24],
      });
      assertEquals(shapesOf(promptEncoder.network, batch), { embedding: [batch, 256] });
      assertEquals(shapesOf(diffusion!.network, batch), { prediction: latent });
      assertEquals(shapesOf(environment!.joint, batch), { prediction: latent });
      assertEquals(shapesOf(environment!.encoder, batch), {
        global: [batch, 64],
        slots: [batch, 16, 64],
      });
    }
  }
});

Deno.test("the shipped score networks have at most 1.5 million parameters together", () => {
  const { promptEncoder, autoencoder, environment } = score;
  const { encoder, decoder } = autoencoder!;
  // The diffusion network is a part of the joint one.
  const parts = [promptEncoder.network, encoder, decoder, environment!.joint, environment!.encoder];
  const total = parts.flatMap((network) => Object.values(weightShapes(network)))
    .reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
  assert(total <= 1.5e6, `${total}`);
});

Deno.test("promptEncoder tells thing, time and pitch apart", async () => {
  const { network, feeds } = small.promptEncoder;
  await using device = openDevice({ threads: 1 });
  const running = openNetwork(network, randomWeights(network), device);
  const of = (thing: string, slot: number, pitch: number) => ({
    thing,
    strokes: [{ slot, pitch }],
  });
  const scores = [of("harp", 3, 60), of("horn", 3, 60), of("harp", 4, 60), of("harp", 3, 61)];
  const { embedding } = await running.run(feeds(scores));
  const rows = scores.map((_, i) => embedding!.data.subarray(256 * i, 256 * (i + 1)).join());
  assertEquals(new Set(rows).size, 4);
  assertThrows(
    () => feeds([of("kazoo", 0, 60)]),
    RangeError,
    'Cannot read a score: its thing "kazoo"',
  );
});

Deno.test("environment: where nothing is heard the prediction is that of the diffusion network", async () => {
  const { diffusion, environment } = small;
  const { network } = diffusion!;
  const { joint } = environment!;
  const weights = randomWeights(network, joint);
  await using device = openDevice({ threads: 1 });
  const feeds = {
    z: normal("z", 2, 2, 16),
    timestep: tensor([2], Float32Array.of(10, 900)),
    condition: normal("condition", 2, 256),
    present: tensor([2], Float32Array.of(1, 0)),
  };
  const alone = await openNetwork(network, weights, device).run(feeds);
  const { global, slots, heard } = environmentInputs(2);
  const said = {
    global: normal("global", ...global.shape),
    slots: normal("slots", ...slots.shape),
  };
  const running = openNetwork(joint, weights, device);
  const unheard = await running.run({ ...feeds, ...said, heard: tensor(heard.shape) });
  const gap = (a: Tensor, b: Tensor) =>
    Math.max(...a.data.map((value, i) => Math.abs(value - b.data[i]!)));
  assert(gap(unheard["prediction"]!, alone["prediction"]!) < 1e-5);
  const all = tensor(heard.shape, new Float32Array(4).fill(1));
  const hearing = await running.run({ ...feeds, ...said, heard: all });
  assert(gap(hearing["prediction"]!, alone["prediction"]!) > 1e-2);
});

Deno.test("likeliestScores() gives scores that can be written, whatever the networks say", async () => {
  // Nothing anywhere, and drums whose likeliest key is none of theirs.
  const slots = tensor([2, 16, 1 + KEYS]);
  for (let slot = 0; slot < 32; slot++) slots.data[slot * 129] = slot < 16 ? 50 : -50;
  slots.data[5 * 129 + 1 + 72] = 9;
  for (let slot = 16; slot < 32; slot++) slots.data[slot * 129 + 1 + 20] = 9;
  const things = tensor([2, 24]);
  things.data[3] = 1;
  things.data[24 + 13] = 1;
  const [quiet, loud] = likeliestScores(slots, things);
  assertEquals(quiet, { thing: "trumpet", strokes: [{ slot: 5, pitch: 72 }] });
  assertEquals([loud!.thing, loud!.strokes.length], ["maracas", 16]);
  for (const one of [quiet!, loud!]) {
    assertEquals(await score.codec.decode(await score.codec.encode(one)), one);
  }
});

Deno.test("autoencoder.regionMask() marks the slots of a span", () => {
  const mask = small.autoencoder!.regionMask!("0-0.5");
  assertEquals(mask.shape, [2, 16]);
  assertEquals(mask.data.reduce((a, b) => a + b), 2 * 4);
  assertEquals([...mask.data.subarray(0, 5)], [1, 1, 1, 1, 0]);
  assertThrows(() => small.autoencoder!.regionMask!("1-3"), SyntaxError, "from 0 to 2");
});
