import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { add, buildProgram, gradients, input, sqrt, square } from "@codi/core/graph";
import { openNetwork } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { random } from "@codi/core/random";
import { openDevice } from "@codi/core/runtime";
import { tensor } from "@codi/core/tensor";
import { openTrainer } from "@codi/core/training";
import { pluckedTone, randomWeights, SMALL } from "./_networks_testing.ts";
import { binsOf, signalOf, spectrumOf } from "./_fourier_graph.ts";
import { HOP } from "./_stft.ts";
import { logBands, logMel, logMelBatch } from "./mel.ts";
import { vocoder } from "./vocoder.ts";
import { LOSS_WEIGHTS, vocoderLoss } from "./vocoder_loss.ts";

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

Deno.test("logBands() of a graph's spectrogram are close to the features that networks read", async () => {
  await using device = openDevice({ threads: 1 });
  const { real, imaginary } = spectrumOf(input("x", [1, 32000]), HOP);
  const magnitude = sqrt(add(square(real), square(imaginary)));
  const program = buildProgram({ bands: logBands(magnitude) });
  const sound = pluckedTone(300, 0.3);
  const x = tensor([1, 32000], sound.data.slice());
  const { bands } = await (await device.load(program)).run({ x });
  assertEquals(bands!.shape, [1, 128, 64]);
  const features = logMel(sound).data;
  const off = features.map((value, i) => {
    const [band, frame] = [Math.floor(i / 128), i % 128];
    return Math.abs((bands!.data[frame * 64 + band]! + 5.2) / 4 - value);
  });
  // The windows differ by a fortieth: the features' is longer, as its length is a power of 2.
  const mean = off.reduce((a, b) => a + b) / off.length;
  assert(mean < 0.02, `${mean}`);
});

Deno.test("vocoderLoss() is the weighted sum of its terms, and has the slopes of finite differences", async () => {
  const scope = new Scope();
  const { loss, metrics } = vocoderLoss(
    scope,
    input("spectrogram", [1, 1, 64, 128]),
    input("sound", [1, 32000]),
    SMALL,
  );
  const parameters = scope.parameters();
  const slopes = gradients(loss, Object.values(parameters));
  const named = Object.keys(parameters).map((name, index) => [`d ${name}`, slopes[index]!]);
  await using device = openDevice({ threads: 1 });
  const whole = await device.load(
    buildProgram({ loss, ...metrics, ...Object.fromEntries(named) }),
  );
  const alone = await device.load(buildProgram({ loss }));
  const sound = pluckedTone(300, 0.5);
  const weights = randomWeights(vocoder(SMALL));
  const feeds = (change: Record<string, Float32Array> = {}, by = 0) => {
    const moved = Object.entries(weights).map(([name, { shape, data }]) =>
      [name, tensor(shape, data.map((value, i) => value + by * (change[name]?.[i] ?? 0)))] as const
    );
    return {
      ...Object.fromEntries(moved),
      spectrogram: logMelBatch([sound]),
      sound: tensor([1, 32000], sound.data.slice()),
    };
  };
  const found = await whole.run(feeds());
  const at = async (direction: Record<string, Float32Array>, by: number) =>
    (await alone.run(feeds(direction, by)))["loss"]!.data[0]!;
  assertEquals(Object.keys(metrics), Object.keys(LOSS_WEIGHTS));
  const total = Object.entries(LOSS_WEIGHTS)
    .reduce((sum, [name, weight]) => sum + weight * found[name]!.data[0]!, 0);
  assertAlmostEquals(found["loss"]!.data[0]!, total, 1e-4);
  for (const name of Object.keys(parameters)) {
    const slope = found[`d ${name}`]!.data;
    const size = Math.hypot(...slope);
    assert(size > 0 && Number.isFinite(size), name);
    // Up the slope, where the loss moves most beside its rounding.
    const direction = { [name]: slope.map((value) => value / size) };
    const step = 1e-2 * Math.hypot(...weights[name]!.data) / Math.sqrt(slope.length);
    const [up, down] = [await at(direction, step), await at(direction, -step)];
    assertAlmostEquals((up - down) / (2 * step * size), 1, 0.1, name);
  }
});

Deno.test("the small vocoder learns one sound by heart", async () => {
  const scope = new Scope();
  const traced = vocoderLoss(
    scope,
    input("spectrogram", [1, 1, 64, 128]),
    input("sound", [1, 32000]),
    { ...SMALL, vocoder: { width: 32, blocks: 1, expansion: 2 } },
  );
  const sound = pluckedTone(300, 0.5);
  const batch = {
    spectrogram: logMelBatch([sound]),
    sound: tensor([1, 32000], sound.data.slice()),
  };
  const options = { steps: 120, learningRate: 1e-2, warmup: 5, averageDecay: 0 };
  await using trainer = await openTrainer(scope, traced, options, { session: { threads: 1 } });
  const losses: Record<string, number>[] = [];
  for (let step = 0; step < options.steps; step++) {
    losses.push((await trainer.advance(batch)).metrics);
  }
  const [first, last] = [losses[0]!, losses.at(-1)!];
  for (const name of ["loss", "convergence", "logarithm", "mel"]) {
    assert(last[name]! < 0.8 * first[name]!, `${name}: ${first[name]} → ${last[name]}`);
  }
});
