import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  add,
  input,
  log,
  mse,
  mul,
  silu,
  stopGradient,
  sub,
  sum,
  type Value,
} from "../graph/mod.ts";
import { linear, Scope, unet } from "../nn/mod.ts";
import { random } from "../random/mod.ts";
import type { Feed } from "../runtime/mod.ts";
import { elementCount, type Tensor, tensor } from "../tensor/mod.ts";
import { WeightsMismatchError } from "../weights/mod.ts";
import { type Checkpoint, openTrainer, type OptimizerOptions } from "./mod.ts";

const session = { threads: 1 };
const options: OptimizerOptions = { steps: 20, learningRate: 0.05, warmup: 3 };

const draw = (shape: readonly number[], ...key: (string | number)[]): Tensor =>
  tensor(shape, random(...key).fillNormal(new Float32Array(elementCount(shape))));

/** A network of two layers, with a batch for every step. */
function regression(): {
  scope: Scope;
  traced: { loss: Value };
  batch: (step: number) => Record<string, Tensor>;
} {
  const scope = new Scope();
  const hidden = silu(linear(scope.at("hidden"), input("x", [8, 3]), 16));
  const loss = mse(linear(scope.at("out"), hidden, 2), input("target", [8, 2]));
  const batch = (step: number) => ({
    x: draw([8, 3], "x", step),
    target: draw([8, 2], "target", step),
  });
  return { scope, traced: { loss }, batch };
}

const bytes = ({ step, state }: Checkpoint) => ({
  step,
  ...Object.fromEntries(
    Object.entries(state).map(([name, array]) => [name, new Uint8Array(array.buffer)]),
  ),
});

Deno.test("Trainer.advance() reads new gradients at every step", async () => {
  // The loss is w · x, so the gradient is x, whatever w.
  const scope = new Scope();
  const weight = scope.parameter("weight", [3], "ones");
  const loss = sum(mul(weight, input("x", [3])));
  const clip = 1e9;
  await using trainer = await openTrainer(scope, { loss }, { steps: 5, clip }, { session });
  const { first } = (await trainer.snapshot()).state;
  const moments = [...first];
  for (let step = 0; step < 5; step++) {
    const x = draw([3], "gradient", step);
    const { gradientNorm } = await trainer.advance({ x });
    assertAlmostEquals(gradientNorm, Math.hypot(...x.data), 1e-5);
    const { state } = await trainer.snapshot();
    x.data.forEach((gradient, i) => {
      moments[i] = 0.9 * moments[i]! + 0.1 * gradient;
      assertAlmostEquals(state.first[i]!, moments[i]!, 1e-6);
    });
  }
});

Deno.test("Trainer.advance() reads the parameters that the last step has changed", async () => {
  // The loss is the weight itself: what a step reports is what the step before has left.
  const scope = new Scope();
  const loss = sum(scope.parameter("weight", [1], "ones"));
  const sgd = { steps: 4, learningRate: 0.1, warmup: 0, averageDecay: 0 };
  await using trainer = await openTrainer(scope, { loss }, sgd, { session });
  let expected = 1;
  for (let step = 0; step < 4; step++) {
    const report = await trainer.advance({});
    assertAlmostEquals(report.metrics["loss"]!, expected, 1e-6);
    expected = (await trainer.snapshot()).state.parameters[0]!;
    assert(expected < report.metrics["loss"]!);
    assertAlmostEquals((await trainer.evaluate({}))["loss"]!, expected, 1e-6);
  }
});

Deno.test("Trainer.advance() reads a gradient that is the same at every step", async () => {
  const scope = new Scope();
  const loss = add(scope.parameter("weight", [], "zeros"), input("x", []));
  const settings = { steps: 4, clip: 10 };
  await using trainer = await openTrainer(scope, { loss }, settings, { session });
  for (let step = 0; step < 3; step++) {
    const { gradientNorm } = await trainer.advance({ x: draw([], "x", step) });
    assertEquals(gradientNorm, 1);
  }
});

Deno.test("Trainer.advance() clips the gradient and decays matrices only", async () => {
  const scope = new Scope();
  const matrix = scope.parameter("matrix", [1, 1], "ones");
  const gain = scope.parameter("gain", [1], "ones");
  const loss = sum(mul(sub(sum(matrix), sum(gain)), input("factor", [])));
  const settings = { steps: 1, learningRate: 0.1, warmup: 0, weightDecay: 0.5, clip: 0.1 };
  await using trainer = await openTrainer(scope, { loss }, settings, { session });
  const factor = tensor([], Float32Array.of(30));
  const { gradientNorm } = await trainer.advance({ factor });
  assertAlmostEquals(gradientNorm, 30 * Math.SQRT2, 1e-3);
  const { parameters, first } = (await trainer.snapshot()).state;
  const [one, other] = trainer.slots.map(({ offset }) => offset) as [number, number];
  assertAlmostEquals(Math.hypot(first[one]!, first[other]!), 0.1 * 0.1, 1e-7);
  // The decay, and a step of one rate.
  assertAlmostEquals(parameters[one]!, 1 - 0.1 * 0.5 - 0.1, 1e-5);
  assertAlmostEquals(parameters[other]!, 1 + 0.1, 1e-5);
});

Deno.test("openTrainer() resumes exactly: 20 steps are 10, a checkpoint and 10 more", async () => {
  const { scope, traced, batch } = regression();
  const whole = await openTrainer(scope, traced, options, { session });
  for (let step = 0; step < 20; step++) await whole.advance(batch(step));
  const expected = await whole.snapshot();
  await whole.close();

  const early = await openTrainer(scope, traced, options, { session });
  for (let step = 0; step < 10; step++) await early.advance(batch(step));
  const checkpoint = await early.snapshot();
  await early.close();

  for (let attempt = 0; attempt < 2; attempt++) { // a checkpoint can be used again
    const resume = () => Promise.resolve(checkpoint);
    await using late = await openTrainer(scope, traced, options, { session, resume });
    assertEquals(late.step, 10);
    for (let step = 10; step < 20; step++) await late.advance(batch(step));
    assertEquals(bytes(await late.snapshot()), bytes(expected));
  }
});

Deno.test("openTrainer() leaves frozen parameters alone and out of the slots", async () => {
  const { scope, traced, batch } = regression();
  const all = scope.initialWeights(5);
  const frozen = { "hidden.weight": all["hidden.weight"]!, "hidden.bias": all["hidden.bias"]! };
  const kept = frozen["hidden.weight"].data.slice();
  await using trainer = await openTrainer(scope, traced, options, { session, frozen });
  assertEquals(trainer.slots.map(({ name }) => name), ["out.weight", "out.bias"]);
  for (let step = 0; step < 3; step++) await trainer.advance(batch(step));
  assertEquals(Object.keys(await trainer.weights()), ["out.weight", "out.bias"]);
  assertEquals(frozen["hidden.weight"].data, kept);

  // They are what the network computes with.
  const other = { ...frozen, "hidden.weight": tensor([16, 3]) };
  await using blind = await openTrainer(scope, traced, options, { session, frozen: other });
  const first = await blind.advance(batch(0));
  const { hidden, out } = { hidden: batch(0), out: batch(1) };
  assert(first.metrics["loss"] !== (await trainer.evaluate(hidden))["loss"]);
  assertEquals(
    (await blind.evaluate({ x: hidden["x"]!, target: out["target"]! }))["loss"],
    (await blind.evaluate({ x: out["x"]!, target: out["target"]! }))["loss"],
    "with hidden weights of zero, x does not matter",
  );
});

Deno.test("openTrainer() starts from weights alone", async () => {
  const { scope, traced, batch } = regression();
  const weights = scope.initialWeights(9);
  await using trainer = await openTrainer(scope, traced, options, { session, weights });
  const { step, state } = await trainer.snapshot();
  assertEquals(step, 0);
  assertEquals(state.first.every((value) => value === 0), true);
  assertEquals((await trainer.weights())["out.weight"]!.data, weights["out.weight"]!.data);
  await trainer.advance(batch(0));
});

Deno.test("openTrainer() refuses weights that are not those of the scope", async () => {
  const { scope, traced } = regression();
  const { "out.bias": _, ...rest } = scope.initialWeights(0);
  const weights = { ...rest, stray: tensor([1]) };
  const error = await assertRejects(
    () => openTrainer(scope, traced, options, { session, weights }),
    WeightsMismatchError,
  );
  assertEquals([error.missing, error.unexpected], [["out.bias"], ["stray"]]);
});

Deno.test("openTrainer() refuses when nothing is left to train, or a parameter is unknown", async () => {
  const { scope, traced } = regression();
  await assertRejects(
    () => openTrainer(scope, traced, options, { session, frozen: scope.initialWeights(0) }),
    RangeError,
    "every parameter of the scope is frozen",
  );
  await assertRejects(
    () => openTrainer(scope.at("out"), traced, options, { session }),
    RangeError,
    'the loss reads "hidden.weight", which is neither in the scope nor frozen',
  );
});

Deno.test("openTrainer() leaves parameters alone that the loss does not depend on", async () => {
  const scope = new Scope();
  const used = scope.parameter("used", [2, 2], "ones");
  scope.parameter("unused", [2, 2], "ones");
  const cut = stopGradient(scope.parameter("cut", [2, 2], "ones"));
  const loss = sum(mul(mul(used, cut), input("x", [2, 2])));
  const decaying = { ...options, weightDecay: 0.9 };
  await using trainer = await openTrainer(scope, { loss }, decaying, { session });
  for (let step = 0; step < 3; step++) await trainer.advance({ x: draw([2, 2], "x", step) });
  const weights = await trainer.weights();
  assert(weights["used"]!.data.every((value) => value !== 1));
  assertEquals([...weights["unused"]!.data, ...weights["cut"]!.data], Array(8).fill(1));
});

Deno.test("Trainer.advance() refuses a gradient that is not finite, and keeps the weights", async () => {
  const scope = new Scope();
  const weight = scope.parameter("weight", [1], "ones");
  const loss = log(sum(mul(weight, input("x", [1]))));
  await using trainer = await openTrainer(scope, { loss }, options, { session });
  const x = (value: number) => ({ x: tensor([1], Float32Array.of(value)) });
  await trainer.advance(x(2));
  const before = await trainer.snapshot();
  for (const value of [NaN, 0, Infinity]) {
    await assertRejects(
      () => trainer.advance(x(value)),
      Error,
      'Cannot take step 2: the gradient\'s norm is "NaN"',
    );
  }
  assertEquals(bytes(await trainer.snapshot()), bytes(before));
  assertEquals((await trainer.advance(x(2))).step, 2);
});

Deno.test("Trainer.advance() names the feed that does not fit, and takes one batch at a time", async () => {
  const { scope, traced, batch } = regression();
  await using trainer = await openTrainer(scope, traced, options, { session });
  const { x } = batch(0);
  const feeds: Record<string, Feed> = { x: x!, target: tensor([8, 3]) };
  await assertRejects(() => trainer.advance(feeds), RangeError, 'feed "target" has shape [8,3]');
  await assertRejects(() => trainer.evaluate({ x: x! }), RangeError, 'a feed for "target"');
  const first = trainer.advance(batch(0));
  await assertRejects(() => trainer.advance(batch(1)), Error, "another one is under way");
  assertEquals((await first).step, 1);
});

Deno.test("Trainer.close() rejects a step under way and later ones", async () => {
  const { scope, traced, batch } = regression();
  const trainer = await openTrainer(scope, traced, options, { session });
  const outcome = assertRejects(() => trainer.advance(batch(0)), Error, "The trainer is closed");
  await trainer.close();
  await outcome;
  await assertRejects(() => trainer.advance(batch(0)), Error, "The trainer is closed");
  await assertRejects(() => trainer.snapshot(), Error, "The trainer is closed");
});

Deno.test("a small UNet learns one batch by heart", async () => {
  const scope = new Scope();
  const feeds = {
    z: draw([4, 2, 8, 8], "z"),
    timestep: tensor([4], Float32Array.of(10, 300, 600, 900)),
    condition: draw([4, 6], "condition"),
    target: draw([4, 2, 8, 8], "target"),
  };
  const prediction = unet(scope, {
    z: input("z", feeds.z.shape),
    timestep: input("timestep", feeds.timestep.shape),
    condition: input("condition", feeds.condition.shape),
  }, {
    widths: [16, 24],
    attention: [false, true],
    depth: 1,
    patch: 2,
    heads: 2,
    timeWidth: 16,
    contextTokens: 2,
    contextWidth: 8,
  });
  const loss = mse(prediction, input("target", feeds.target.shape));
  const settings = { steps: 200, learningRate: 1e-2, warmup: 10, averageDecay: 0.9 };
  await using trainer = await openTrainer(scope, { loss }, settings, { session });
  const { metrics } = await trainer.advance(feeds);
  assertAlmostEquals(metrics["loss"]!, 1, 0.2); // it starts by predicting zero
  for (let step = 1; step < 200; step++) await trainer.advance(feeds);
  const { loss: learnt } = await trainer.evaluate(feeds);
  assert(learnt! < 0.05 * metrics["loss"]!, `${metrics["loss"]} → ${learnt}`);
});
