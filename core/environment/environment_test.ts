import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { buildProgram, input, reshape, type Value } from "../graph/mod.ts";
import { Scope } from "../nn/mod.ts";
import { random } from "../random/mod.ts";
import { openDevice } from "../runtime/mod.ts";
import { elementCount, type Tensor, tensor } from "../tensor/mod.ts";
import {
  ENVIRONMENT_WIDTH,
  environmentAttention,
  environmentInputs,
  environmentMemory,
  latentAlignment,
  latentDistance,
  meanEnvironment,
  SLOTS,
  unetEnvironment,
} from "./mod.ts";

const BATCH = 2;
const TOKENS = 16;
const WIDTH = 32;

const draw = (shape: readonly number[], ...key: string[]): Tensor =>
  tensor(shape, random(...key).fillNormal(new Float32Array(elementCount(shape))));

async function run(
  outputs: Readonly<Record<string, Value>>,
  weights: Readonly<Record<string, Tensor>>,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  await using device = openDevice({ threads: 1 });
  const program = await device.load(buildProgram(outputs, { weights }));
  return await program.run(feeds);
}

/** Attention of tokens that stand in their slots, with weights none of which is zero. */
async function attended(
  feeds: Readonly<Record<string, Tensor>>,
  change: (weights: Record<string, Tensor>) => void = () => {},
): Promise<Tensor> {
  const scope = new Scope();
  const values = Object.fromEntries(
    Object.entries(environmentInputs(BATCH)).map(([name, { shape }]) => [name, input(name, shape)]),
  );
  const memory = environmentMemory(scope.at("memory"), values as never);
  const tokens = environmentAttention(
    scope.at("attention"),
    input("tokens", [BATCH, TOKENS, WIDTH]),
    memory,
    { slotOf: Array.from({ length: TOKENS }, (_, slot) => slot) },
  );
  const weights = scope.initialWeights(1);
  for (const name of ["attention.out.weight", "attention.feed.out.weight"]) {
    random(name).fillNormal(weights[name]!.data);
  }
  change(weights);
  return (await run({ tokens }, weights, feeds))["tokens"]!;
}

const heardAll = tensor([BATCH, 2], new Float32Array(2 * BATCH).fill(1));
const feeds = {
  tokens: draw([BATCH, TOKENS, WIDTH], "tokens"),
  global: draw([BATCH, ENVIRONMENT_WIDTH], "global"),
  slots: draw([BATCH, SLOTS, ENVIRONMENT_WIDTH], "slots"),
  heard: heardAll,
};

const gap = (a: Tensor, b: Tensor) =>
  a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);

Deno.test("environmentAttention() starts without effect", async () => {
  const result = await attended(feeds, (weights) => {
    weights["attention.out.weight"]!.data.fill(0);
    weights["attention.feed.out.weight"]!.data.fill(0);
  });
  assertEquals(result.data, feeds.tokens.data);
});

Deno.test("environmentAttention() changes nothing where nothing is heard, bit for bit", async () => {
  const heard = tensor([BATCH, 2], Float32Array.of(0, 0, 1, 1));
  const result = await attended({ ...feeds, heard });
  const size = TOKENS * WIDTH;
  assertEquals(result.data.slice(0, size), feeds.tokens.data.slice(0, size));
  assert(gap(result, feeds.tokens) > 0.1, "the other sample hears");
});

Deno.test("environmentAttention() does not look at what is not heard", async () => {
  const slotsOnly = tensor([BATCH, 2], Float32Array.of(0, 1, 0, 1));
  const globalOnly = tensor([BATCH, 2], Float32Array.of(1, 0, 1, 0));
  const other = {
    global: draw([BATCH, ENVIRONMENT_WIDTH], "another"),
    slots: draw([BATCH, SLOTS, ENVIRONMENT_WIDTH], "others"),
  };
  const a = await attended({ ...feeds, heard: slotsOnly });
  assertEquals(gap(a, await attended({ ...feeds, heard: slotsOnly, global: other.global })), 0);
  assert(gap(a, await attended({ ...feeds, heard: slotsOnly, slots: other.slots })) > 1e-3);
  const b = await attended({ ...feeds, heard: globalOnly });
  assertEquals(gap(b, await attended({ ...feeds, heard: globalOnly, slots: other.slots })), 0);
  assert(gap(b, await attended({ ...feeds, heard: globalOnly, global: other.global })) > 1e-3);
});

Deno.test("environmentAttention() looks at a token's own slot first", async () => {
  const before = await attended(feeds);
  let own = 0;
  let far = 0;
  for (const changed of [1, 6, 14]) {
    const slots = tensor(feeds.slots.shape, feeds.slots.data.slice());
    for (let i = 0; i < ENVIRONMENT_WIDTH; i++) {
      slots.data[changed * ENVIRONMENT_WIDTH + i]! += 2;
    }
    const after = await attended({ ...feeds, slots });
    for (let token = 0; token < TOKENS; token++) {
      let moved = 0;
      for (let i = token * WIDTH; i < (token + 1) * WIDTH; i++) {
        moved += Math.abs(after.data[i]! - before.data[i]!);
      }
      if (token === changed) own += moved / 3;
      else if (Math.abs(token - changed) > 3) far += moved / 30;
    }
  }
  assert(own > 1.5 * far, `${own} and ${far}`);
});

/** The embedded timesteps of two samples of some maps each, with what is heard beside them. */
async function timed(frames: number, heard: Tensor = heardAll): Promise<Tensor> {
  const scope = new Scope();
  const values = Object.fromEntries(
    Object.entries(environmentInputs(BATCH)).map(([name, { shape }]) => [name, input(name, shape)]),
  );
  const memory = environmentMemory(scope.at("environment"), values as never);
  const { time } = unetEnvironment(memory, { pooled: true, frames });
  const embedded = time!(scope, input("time", [BATCH * frames, WIDTH]));
  const weights = scope.initialWeights(1);
  const { data } = weights["environment.pooled.weight"]!;
  assertEquals(new Set(data), new Set([0]), "it starts without effect");
  random("pooled").fillNormal(data);
  const before = draw([BATCH * frames, WIDTH], "time");
  const given = { global: feeds.global, heard, time: before };
  const result = (await run({ embedded }, weights, given))["embedded"]!;
  return tensor(result.shape, result.data.map((value, i) => value - before.data[i]!));
}

Deno.test("unetEnvironment() adds the global to the timestep of every map of its sample", async () => {
  const frames = 3;
  const added = await timed(frames);
  const row = (map: number) => added.data.slice(map * WIDTH, (map + 1) * WIDTH);
  for (let map = 0; map < BATCH * frames; map++) {
    const first = row(map - map % frames);
    row(map).forEach((value, i) => assertAlmostEquals(value, first[i]!, 1e-5));
  }
  assert(gap(tensor([WIDTH], row(0)), tensor([WIDTH], row(frames))) > 0.1, "samples differ");
  const heard = tensor([BATCH, 2], Float32Array.of(0, 1, 1, 0));
  const partly = await timed(frames, heard);
  assertEquals(new Set(partly.data.slice(0, frames * WIDTH)), new Set([0]), "none is heard");
  assertEquals(partly.data.slice(frames * WIDTH), added.data.slice(frames * WIDTH));
});

Deno.test("meanEnvironment() averages globals over all and slots over those in time", () => {
  const one = { global: draw([BATCH, ENVIRONMENT_WIDTH], "a") };
  const two = {
    global: draw([BATCH, ENVIRONMENT_WIDTH], "b"),
    slots: draw([BATCH, SLOTS, ENVIRONMENT_WIDTH], "c"),
  };
  const { global, slots, heard } = meanEnvironment([one, two], BATCH);
  assertAlmostEquals(global.data[7]!, (one.global.data[7]! + two.global.data[7]!) / 2, 1e-6);
  assertEquals(slots.data, two.slots.data);
  assertEquals([...heard.data], [1, 1, 1, 1]);
  const nobody = meanEnvironment([], BATCH);
  assertEquals([...nobody.heard.data], [0, 0, 0, 0]);
});

Deno.test("latentAlignment() is the weighted symmetric InfoNCE of pairs", async () => {
  const [batch, width, scale] = [3, 4, 5];
  const a = draw([batch, width], "left");
  const b = draw([batch, width], "right");
  const weight = tensor([batch], Float32Array.of(1, 0.25, 0));
  const loss = latentAlignment(
    input("a", [batch, width]),
    input("b", [batch, width]),
    scale,
    input("weight", [batch]),
  );
  const result = (await run({ loss }, {}, { a, b, weight }))["loss"]!.data[0]!;
  const unit = ({ data }: Tensor, row: number) => {
    const values = [...data.slice(row * width, row * width + width)];
    const length = Math.hypot(...values);
    return values.map((value) => value / length);
  };
  const cosine = (i: number, j: number) =>
    unit(a, i).reduce((sum, value, k) => sum + value * unit(b, j)[k]!, 0) * scale;
  let expected = 0;
  for (let i = 0; i < batch; i++) {
    const rows = Math.log([0, 1, 2].reduce((sum, j) => sum + Math.exp(cosine(i, j)), 0));
    const columns = Math.log([0, 1, 2].reduce((sum, j) => sum + Math.exp(cosine(j, i)), 0));
    expected += weight.data[i]! * (rows + columns - 2 * cosine(i, i)) / (2 * batch);
  }
  assertAlmostEquals(result, expected, 1e-4);
});

Deno.test("latentDistance() is one less the cosine, over all vectors, weighted by sample", async () => {
  const [batch, slots, width] = [2, 3, 4];
  const shape = [batch, slots, width];
  const a = draw(shape, "left");
  const b = draw(shape, "right");
  const weight = tensor([batch], Float32Array.of(1, 0.25));
  const [left, right, share] = [input("a", shape), input("b", shape), input("weight", [batch])];
  const flat = (x: Value) => reshape(x, [batch, slots * width]);
  const results = await run(
    {
      slots: latentDistance(left, right, share),
      whole: latentDistance(flat(left), flat(right), share),
      none: latentDistance(left, left, share),
    },
    {},
    { a, b, weight },
  );
  const cosine = (begin: number, length: number) => {
    const [x, y] = [a, b].map(({ data }) => [...data.slice(begin, begin + length)]) as [
      number[],
      number[],
    ];
    return x.reduce((total, value, i) => total + value * y[i]!, 0) /
      (Math.hypot(...x) * Math.hypot(...y));
  };
  const ofSlots = (sample: number) =>
    [0, 1, 2].reduce(
      (total, slot) => total + 1 - cosine((sample * slots + slot) * width, width),
      0,
    );
  const found = (name: string) => results[name]!.data[0]!;
  assertAlmostEquals(found("slots"), (ofSlots(0) + 0.25 * ofSlots(1)) / (slots * batch), 1e-5);
  const size = slots * width;
  assertAlmostEquals(
    found("whole"),
    (1 - cosine(0, size) + 0.25 * (1 - cosine(size, size))) / batch,
    1e-5,
  );
  assertAlmostEquals(found("none"), 0, 1e-5);
});
