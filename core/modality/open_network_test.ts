import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { add, gather, matmul, mean, mul, reshape, silu, where } from "../graph/mod.ts";
import { linear, Scope } from "../nn/mod.ts";
import { random } from "../random/mod.ts";
import { type Device, openDevice } from "../runtime/mod.ts";
import { tensor } from "../tensor/mod.ts";
import { WeightsMismatchError } from "../weights/mod.ts";
import {
  type Feeds,
  type Network,
  networkProgram,
  openNetwork,
  traceNetwork,
  weightShapes,
} from "./mod.ts";

/** Reads inputs of every type; each row of the outputs depends on its own row only. */
const network: Network = {
  name: "test network",
  inputs: (batch) => ({
    x: { shape: [batch, 3], dtype: "float32" },
    word: { shape: [batch], dtype: "int64" },
    flip: { shape: [batch, 4], dtype: "bool" },
  }),
  trace: (scope, { x, word, flip }) => {
    const table = scope.parameter("words", [5, 4], { deviation: 1 });
    const hidden = silu(add(linear(scope.at("in"), x!, 4), gather(table, word!)));
    const y = where(flip!, mul(hidden, -1), hidden);
    return { y, square: reshape(mul(y, y), [-1, 2, 2]) };
  },
};
const weights = (() => {
  const scope = new Scope();
  traceNetwork(network, scope, 1);
  return scope.initialWeights(3);
})();

/** Samples number `first` to `first + batch`. */
function samples(batch: number, first = 0): Feeds {
  const x = tensor([batch, 3]);
  const word = new Int32Array(batch);
  const flip = new Uint8Array(batch * 4);
  for (let row = 0; row < batch; row++) {
    const draw = random("sample", first + row);
    draw.fillNormal(x.data.subarray(3 * row, 3 * row + 3));
    word[row] = draw.integer(5);
    for (let i = 0; i < 4; i++) flip[4 * row + i] = draw.integer(2);
  }
  return {
    x,
    word: { shape: [batch], data: word },
    flip: { shape: [batch, 4], data: flip },
  };
}

/** A device that notes the batch sizes of the programs it loads. */
function watched(device: Device, sizes: number[]): Device {
  return {
    ...device,
    load: (program) => {
      sizes.push(program.inputs["x"]!.shape[0]!);
      return device.load(program);
    },
  };
}

/** A network that multiplies a square matrix by itself in each row. */
function wideNetwork(side: number): Network {
  return {
    name: "wide network",
    inputs: (batch) => ({ x: { shape: [batch, side, side], dtype: "float32" } }),
    trace: (_scope, { x }) => ({ y: mean(matmul(x!, x!), [1, 2]) }),
  };
}

Deno.test("RunningNetwork.run() gives in batches of any size what it gives alone", async () => {
  await using device = openDevice({ threads: 1 });
  const sizes: number[] = [];
  const running = openNetwork(network, weights, watched(device, sizes));
  const alone = await Promise.all(
    Array.from({ length: 33 }, (_, index) => running.run(samples(1, index))),
  );
  for (const batch of [1, 3, 5, 33]) {
    const { y, square } = await running.run(samples(batch));
    assertEquals([y!.shape, square!.shape], [[batch, 4], [batch, 2, 2]]);
    assertEquals([y!.data.length, square!.data.length], [4 * batch, 4 * batch]);
    y!.data.forEach((value, i) => {
      const single = alone[i >> 2]!;
      assert(Math.abs(value - single["y"]!.data[i % 4]!) < 1e-5, `${batch}: row ${i >> 2}`);
      assert(Math.abs(square!.data[i]! - single["square"]!.data[i % 4]!) < 1e-5);
    });
  }
  // 3 are filled up to 4, 5 to 8, 33 run as four times 8 and 1; each size is opened once.
  assertEquals(sizes, [1, 4, 8]);
});

Deno.test("RunningNetwork.run() fills pieces up only where a row is little work", async () => {
  await using device = openDevice({ threads: 1 });
  const wide = wideNetwork(450); // 0.18 GFLOP a row
  const rows = async (batch: number) => {
    const sizes: number[] = [];
    const { run } = openNetwork(wide, {}, watched(device, sizes));
    const { y } = await run({ x: tensor([batch, 450, 450]) });
    assertEquals(y!.shape, [batch]);
    return sizes;
  };
  assertEquals([await rows(3), await rows(5), await rows(6)], [[4], [4, 1], [4, 2]]);
});

Deno.test("RunningNetwork.run() has small pieces where a row is much work", async () => {
  await using device = openDevice({ threads: 1 });
  const wide = wideNetwork(1000); // 2 GFLOP a row
  const sizes: number[] = [];
  const { run } = openNetwork(wide, {}, watched(device, sizes));
  const { y } = await run({ x: tensor([3, 1000, 1000]) });
  assertEquals([y!.shape, sizes], [[3], [1]]);
});

Deno.test("RunningNetwork.run() reads feeds that are part of a larger buffer", async () => {
  await using device = openDevice({ threads: 1 });
  const running = openNetwork(network, weights, device);
  const feeds = samples(3);
  const wide = new Float32Array(20);
  wide.set(feeds["x"]!.data as Float32Array, 5);
  const view = { ...feeds, x: tensor([3, 3], wide.subarray(5, 14)) };
  assertEquals(await running.run(view), await running.run(feeds));
});

Deno.test("RunningNetwork.run() names what is wrong with a batch", async () => {
  await using device = openDevice({ threads: 1 });
  const { run } = openNetwork(network, weights, device);
  const refuse = (feeds: Feeds, message: string) =>
    assertRejects(() => run(feeds), RangeError, message);
  await refuse(samples(0), "Cannot run the test network on an empty batch");
  await refuse({}, "Cannot run the test network without feeds");
  const good = samples(2);
  await refuse(
    { ...good, word: samples(3)["word"]! },
    'Cannot run the test network on a batch of 2: the feed "word" has the shape [3] and 3 values',
  );
  await refuse(
    { ...good, x: { shape: [2, 3], data: new Float32Array(5) } },
    'the feed "x" has the shape [2,3] and 5 values',
  );
  await refuse({ x: good["x"]!, word: good["word"]! }, 'without a feed for "flip"');
  await refuse({ ...good, x: tensor([2, 4]) }, 'feed "x" has shape [2,4]');
  await refuse({ ...good, z: tensor([2]) }, 'with the feed "z"');
});

Deno.test("RunningNetwork.run() rejects with the reason of its signal, between pieces too", async () => {
  await using device = openDevice({ threads: 1 });
  const controller = new AbortController();
  const reason = new Error("enough");
  let runs = 0;
  const { run } = openNetwork(network, weights, {
    ...device,
    load: async (program) => {
      const executable = await device.load(program);
      return {
        ...executable,
        run: (feeds, options) => {
          if (++runs === 2) controller.abort(reason);
          return executable.run(feeds, options);
        },
      };
    },
  });
  const error = await assertRejects(() => run(samples(100), { signal: controller.signal }));
  assert(error === reason);
  assertEquals(runs, 2, "pieces three and four are not begun");
  await assertRejects(() => run(samples(2), { signal: controller.signal }));
  assertEquals(runs, 2, "nor is anything, once aborted");
  assertEquals((await run(samples(2)))["y"]!.shape, [2, 4]);
});

Deno.test("openNetwork() lists missing and misshapen weights, and leaves others aside", async () => {
  await using device = openDevice({ threads: 1 });
  const { ["in.bias"]: _, ...incomplete } = weights;
  const error = assertThrows(
    () => openNetwork(network, { ...incomplete, words: tensor([6, 4]) }, device),
    WeightsMismatchError,
    '1 missing: "in.bias"; 1 misshapen: "words" is [6,4] instead of [5,4]',
  );
  assertEquals(error.unexpected, []);
  // A file may hold the weights of several networks, whatever they are called.
  const more = { ...weights, "other.weight": tensor([1]), constructor: tensor([1]) };
  const { y } = await openNetwork(network, more, device).run(samples(1));
  assertEquals(y!.shape, [1, 4]);
});

Deno.test("weightShapes() and networkProgram() agree on the weights", () => {
  assertEquals(weightShapes(network), { words: [5, 4], "in.weight": [4, 3], "in.bias": [4] });
  const program = networkProgram(network, weights, 6);
  assertEquals(program.parameters, {}, "weights are constants");
  assertEquals(Object.keys(program.inputs), ["x", "word", "flip"]);
  assertEquals(program.inputs["flip"], { shape: [6, 4], dtype: "bool" });
});
