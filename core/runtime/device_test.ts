import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as g from "../graph/mod.ts";
import { tensor } from "../tensor/mod.ts";
import { type Feed, openDevice } from "./mod.ts";

const addOne = () => g.buildProgram({ y: g.add(g.input("x", [2]), 1) });
const two = (a: number, b: number) => tensor([2], Float32Array.of(a, b));

/** A program that keeps one thread busy for tens of milliseconds. */
function slow(): { program: g.Program; feeds: Record<string, Feed> } {
  const x = g.input("x", [512, 512]);
  let y = x;
  for (let index = 0; index < 12; index++) y = g.mul(g.matmul(y, x), 1e-3);
  return { program: g.buildProgram({ y: g.mean(y) }), feeds: { x: tensor([512, 512]) } };
}

Deno.test("Executable.run() returns each output with its shape", async () => {
  await using device = openDevice({ threads: 1 });
  const x = g.input("x", [2, 3]);
  const program = g.buildProgram({ double: g.mul(x, 2), total: g.sum(x) });
  const { run } = await device.load(program);
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  const result = await run({ x: tensor([2, 3], data) });
  assertEquals([...result["double"]!.shape], [2, 3]);
  assertEquals([...result["double"]!.data], [2, 4, 6, 8, 10, 12]);
  assertEquals([...result["total"]!.shape], []);
  assertEquals([...result["total"]!.data], [21]);
  assertEquals([...data], [1, 2, 3, 4, 5, 6], "the feed is the caller's, and stays");
});

Deno.test("Executable.run() takes indices, flags, parameters, and parts of larger arrays", async () => {
  await using device = openDevice({ threads: 1 });
  const table = g.parameter("table", [3, 2]);
  const rows = g.gather(table, g.input("indices", [2], "int64"));
  const y = g.where(g.input("flags", [2, 1], "bool"), rows, 0);
  const { run } = await device.load(g.buildProgram({ y }));
  const large = Float32Array.of(-1, -1, 1, 2, 3, 4, 5, 6, -1);
  const feeds = {
    table: { shape: [3, 2], data: large.subarray(2, 8) },
    flags: { shape: [2, 1], data: Uint8Array.of(1, 0) },
  };
  for (const data of [Int32Array.of(2, 0), BigInt64Array.of(2n, 0n)]) {
    const result = await run({ ...feeds, indices: { shape: [2], data } });
    assertEquals([...result["y"]!.data], [5, 6, 0, 0]);
  }
});

Deno.test("Executable.run() gives bool and int64 outputs as numbers", async () => {
  await using device = openDevice({ threads: 1 });
  const x = g.input("x", [2]);
  const indices = g.integers([7, -9]);
  const { run } = await device.load(g.buildProgram({ high: g.greaterOrEqual(x, 2), indices }));
  const result = await run({ x: two(1, 2) });
  assertEquals([...result["high"]!.data], [0, 1]);
  assertEquals([...result["indices"]!.data], [7, -9]);
});

Deno.test("Executable.run() names the feed that does not fit", async () => {
  await using device = openDevice({ threads: 1 });
  const { run } = await device.load(addOne());
  const refuse = (feeds: Record<string, Feed>, message: string) =>
    assertRejects(() => run(feeds), Error, message);
  await refuse({}, 'without a feed for "x"');
  await refuse({ x: two(1, 2), z: two(1, 2) }, 'the feed "z": it takes "x"');
  await refuse({ x: two(1, 2), toString: two(1, 2) }, 'the feed "toString"');
  await refuse({ x: tensor([3]) }, 'feed "x" has shape [3], the program takes [2]');
  await refuse({ x: { shape: [2], data: new Float32Array(3) } }, 'feed "x" has 3 values');
  await refuse({ x: { shape: [2], data: Int32Array.of(1, 2) } }, 'feed "x" holds int64');
  assertEquals([...(await run({ x: two(1, 2) }))["y"]!.data], [2, 3]);
});

Deno.test("Device.load() opens a program once, and again after release()", async () => {
  await using device = openDevice({ threads: 1 });
  const program = addOne();
  const [first, second] = await Promise.all([device.load(program), device.load(program)]);
  assert(first === second);
  const last = first.run({ x: two(1, 2) });
  await Promise.all([first.release(), first.release()]);
  assertEquals([...(await last)["y"]!.data], [2, 3], "what was asked for before is done");
  await assertRejects(() => first.run({ x: two(1, 2) }), Error, "released");
  const third = await device.load(program);
  assertEquals([...(await third.run({ x: two(1, 2) }))["y"]!.data], [2, 3]);
  await assertRejects(() => first.run({ x: two(1, 2) }), Error, "released");
});

Deno.test("Device.load() takes the bytes of a program only when they are handed over", async () => {
  await using device = openDevice({ threads: 1 });
  const [kept, given] = [addOne(), addOne()];
  const { length } = kept.model;
  const executables = [await device.load(kept), await device.load(given, { transfer: true })];
  assertEquals([kept.model.length, given.model.length], [length, 0]);
  for (const { run } of executables) {
    assertEquals([...(await run({ x: two(1, 2) }))["y"]!.data], [2, 3]);
  }
});

Deno.test("Device.load() forgets a program that the runtime refused", async () => {
  await using device = openDevice({ threads: 1 });
  const good = addOne();
  // The same object, damaged for the first attempt.
  const program = { ...good, model: Uint8Array.of(1, 2, 3) };
  await assertRejects(() => device.load(program));
  await assertRejects(() => device.load(program));
  program.model = good.model;
  assertEquals([...(await (await device.load(program)).run({ x: two(1, 2) }))["y"]!.data], [2, 3]);
});

Deno.test("Executable.run() does not begin with an aborted signal", async () => {
  await using device = openDevice({ threads: 1 });
  const { run } = await device.load(addOne());
  const reason = new Error("enough");
  const error = await assertRejects(() =>
    run({ x: two(1, 2) }, { signal: AbortSignal.abort(reason) })
  );
  assert(error === reason);
  assertEquals([...(await run({ x: two(1, 2) }))["y"]!.data], [2, 3]);
});

Deno.test("Executable.run() rejects at once when aborted, and drops runs that wait", async () => {
  await using device = openDevice({ threads: 1 });
  const { program, feeds } = slow();
  const busy = await device.load(program);
  const quick = await device.load(addOne());
  await busy.run(feeds);
  const controller = new AbortController();
  const { signal } = controller;
  const states: string[] = [];
  const note = (name: string, promise: Promise<unknown>) =>
    promise.then(() => states.push(`${name} ended`), () => states.push(`${name} rejected`));
  const first = note("first", busy.run(feeds, { signal }));
  const waiting = Array.from(
    { length: 200 },
    (_, index) => note(`waiting ${index}`, busy.run(feeds, { signal })),
  );
  const kept = note("kept", quick.run({ x: two(1, 2) }));
  const start = performance.now();
  controller.abort();
  await Promise.all([first, ...waiting]);
  assertEquals(states.filter((state) => state.endsWith("rejected")).length, 201);
  await kept;
  const waited = performance.now() - start;
  assertEquals(states.at(-1), "kept ended");
  // The one that was kept waits for the one under way, not for the 200 that were dropped.
  const one = performance.now();
  await busy.run(feeds);
  const each = performance.now() - one;
  assert(waited < 50 * each, `${waited} ms, one run takes ${each} ms`);
});

Deno.test("Device.close() rejects runs under way, waiting and later ones", async () => {
  const device = openDevice({ threads: 1 });
  const { program, feeds } = slow();
  const { run } = await device.load(program);
  const pending = [run(feeds), run(feeds), device.load(addOne())];
  const outcomes = Promise.allSettled(pending);
  await device.close();
  for (const outcome of await outcomes) {
    assertEquals(outcome.status, "rejected");
    assertEquals((outcome as PromiseRejectedResult).reason.message, "The device is closed");
  }
  await assertRejects(() => run(feeds), Error, "The device is closed");
  await assertRejects(() => device.load(addOne()), Error, "The device is closed");
  await device.close();
});

Deno.test("Device.close() ends a program's opening", async () => {
  const device = openDevice({ threads: 1 });
  const opening = device.load(slow().program);
  const rejected = assertRejects(() => opening, Error, "The device is closed");
  await device.close();
  await rejected;
});

Deno.test("openDevice() opens, runs and ends five times in a row", async () => {
  for (let round = 0; round < 5; round++) {
    await using device = openDevice({ threads: 1 });
    const { run } = await device.load(addOne());
    assertEquals([...(await run({ x: two(round, 0) }))["y"]!.data], [round + 1, 1]);
  }
});

Deno.test("Executable.run() leaves the caller's event loop free", async () => {
  await using device = openDevice({ threads: 1 });
  const { program, feeds } = slow();
  const { run } = await device.load(program);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  for (let index = 0; index < 3; index++) await run(feeds);
  clearInterval(timer);
  assert(ticks >= 3, `${ticks} ticks`);
});

Deno.test("two devices do not see each other's programs", async () => {
  await using left = openDevice({ threads: 1 });
  await using right = openDevice({ threads: 1 });
  const program = addOne();
  const double = g.buildProgram({ y: g.mul(g.input("x", [2]), 2) });
  const [a, b] = await Promise.all([left.load(program), right.load(double)]);
  const [sum, product] = await Promise.all([a.run({ x: two(3, 4) }), b.run({ x: two(3, 4) })]);
  assertAlmostEquals(sum["y"]!.data[0]!, 4);
  assertAlmostEquals(product["y"]!.data[0]!, 6);
});
