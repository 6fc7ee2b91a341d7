import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { buildProgram, gradients, input } from "@codi/core/graph";
import { openNetwork } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { random } from "@codi/core/random";
import { openDevice } from "@codi/core/runtime";
import { tensor } from "@codi/core/tensor";
import { pluckedTone, randomWeights, SMALL } from "./_networks_testing.ts";
import { binsOf, signalOf, spectrumOf } from "./_fourier_graph.ts";
import { logMelBatch } from "./mel.ts";
import { vocoder } from "./vocoder.ts";
import { vocoderLoss } from "./vocoder_loss.ts";

Deno.test("signalOf() undoes spectrumOf(), in which a sine of amplitude 1 has magnitude 1", async () => {
  const [hop, samples] = [20, 400];
  const x = input("x", [2, samples]);
  const spectrum = spectrumOf(x, hop);
  assertEquals(spectrum.real.shape, [2, samples / hop, binsOf(hop)]);
  await using device = openDevice({ threads: 1 });
  const program = buildProgram({ ...spectrum, again: signalOf(spectrum, hop) });
  const feed = tensor([2, samples], random(1).fillNormal(new Float32Array(2 * samples)));
  for (let i = 0; i < samples; i++) feed.data[i] = Math.cos((2 * Math.PI * 5 * i) / (4 * hop));
  const { real, imaginary, again } = await (await device.load(program)).run({ x: feed });
  feed.data.forEach((value, i) => assertAlmostEquals(again!.data[i]!, value, 1e-4));
  const magnitude = (bin: number) =>
    Math.hypot(real!.data[8 * binsOf(hop) + bin]!, imaginary!.data[8 * binsOf(hop) + bin]!);
  assertAlmostEquals(magnitude(5), 1, 1e-4);
  assertAlmostEquals(magnitude(9), 0, 1e-4);
});

Deno.test("vocoder() is silent in silence and reads frames at their place", async () => {
  await using device = openDevice({ threads: 1 });
  const network = vocoder(SMALL);
  const running = openNetwork(network, randomWeights(network), device);
  const sounds = [tensor([32000]), pluckedTone(300, 1), pluckedTone(300, 0.5)];
  const { sound } = await running.run({ spectrogram: logMelBatch(sounds) });
  assertEquals(sound!.shape, [3, 32000]);
  const rows = sounds.map((_, row) => sound!.data.slice(row * 32000, (row + 1) * 32000));
  assert(rows[0]!.every((value) => Math.abs(value) < 1e-5));
  assert(rows[1]!.some((value) => Math.abs(value) > 1e-3));
  assert(rows[1]!.slice(0, 14000).every((value) => Math.abs(value) < 1e-5), "before the onset");
  for (let i = 16000; i < 22000; i++) assertAlmostEquals(rows[1]![i]!, rows[2]![i - 8000]!, 1e-4);
});

Deno.test("vocoderLoss() is the sum of its terms, and every weight has a gradient", async () => {
  const scope = new Scope();
  const { loss, metrics } = vocoderLoss(
    scope,
    input("spectrogram", [1, 1, 64, 128]),
    input("sound", [1, 32000]),
    SMALL,
  );
  const parameters = scope.parameters();
  const slopes = gradients(loss, Object.values(parameters));
  const outputs = Object.keys(parameters).map((name, index) => [`d ${name}`, slopes[index]!]);
  const program = buildProgram({ loss, ...metrics, ...Object.fromEntries(outputs) }, {
    weights: randomWeights(vocoder(SMALL)),
  });
  await using device = openDevice({ threads: 1 });
  const { run } = await device.load(program);
  const sound = pluckedTone(300, 0.5);
  const results = await run({
    spectrogram: logMelBatch([sound]),
    sound: tensor([1, 32000], sound.data.slice()),
  });
  const { convergence, logarithm, difference } = Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [name, data[0]!]),
  ) as Record<string, number>;
  assertAlmostEquals(results["loss"]!.data[0]!, convergence! + logarithm! + difference!, 1e-4);
  for (const name of Object.keys(parameters)) {
    assert(results[`d ${name}`]!.data.some((value) => value !== 0), name);
    assert(results[`d ${name}`]!.data.every(Number.isFinite), name);
  }
});
