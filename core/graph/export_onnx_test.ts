import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import ort from "onnxruntime-node";
import { Scope, unet } from "../nn/mod.ts";
import { random } from "../random/mod.ts";
import { openDevice } from "../runtime/mod.ts";
import { elementCount, tensor } from "../tensor/mod.ts";
import * as g from "./mod.ts";

const config = {
  widths: [8, 16],
  attention: [false, true],
  depth: 1,
  patch: 2,
  heads: 2,
  timeWidth: 8,
  contextTokens: 2,
  contextWidth: 8,
};

/** A UNet with every operator of a network in it, and numbers that are not the first weights' zeros. */
function network(batch: number) {
  const scope = new Scope();
  const shapes = { z: [batch, 4, 8, 8], timestep: [batch], condition: [batch, 6] };
  const inputs = {
    z: g.input("z", shapes.z),
    timestep: g.input("timestep", shapes.timestep),
    condition: g.input("condition", shapes.condition),
  };
  const draw = (shape: readonly number[], name: string, deviation: number) => {
    const data = random(name).fillNormal(new Float32Array(elementCount(shape)));
    return tensor(shape, data.map((value) => value * deviation));
  };
  const drawAll = (all: Readonly<Record<string, readonly number[]>>, deviation: number) =>
    Object.fromEntries(
      Object.entries(all).map(([name, shape]) => [name, draw(shape, name, deviation)]),
    );
  const y = unet(scope, inputs, config);
  return { scope, y, feeds: drawAll(shapes, 1), weights: drawAll(scope.shapes(), 0.2) };
}

const contains = (bytes: Uint8Array, text: string) =>
  new TextDecoder("latin1").decode(bytes).includes(text);

Deno.test("exportOnnx() writes a file that another session runs to the same result", async () => {
  for (const batch of [1, 3]) {
    const { y, feeds, weights } = network(batch);
    const { model, manifest } = g.exportOnnx({ prediction: y }, weights);

    const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1 });
    assertEquals([...session.inputNames], Object.keys(manifest.inputs));
    assertEquals([...session.outputNames], Object.keys(manifest.outputs));
    const results = await session.run(
      Object.fromEntries(
        Object.entries(feeds).map(([name, { shape, data }]) => [
          name,
          new ort.Tensor("float32", data, shape),
        ]),
      ),
    );
    const exported = results["prediction"]!;
    await session.release();

    await using device = openDevice({ threads: 1 });
    const { run } = await device.load(g.buildProgram({ y }));
    const expected = (await run({ ...feeds, ...weights }))["y"]!;
    assertEquals([...exported.dims], [...expected.shape]);
    const largest = Math.max(...expected.data.map(Math.abs));
    assert(largest > 0.01);
    expected.data.forEach((value, index) =>
      assertAlmostEquals(Number(exported.data[index]), value, 2e-5 * largest)
    );
  }
});

Deno.test("exportOnnx() keeps weights under their names, and lists them with their shapes", () => {
  const { scope, y, weights } = network(1);
  const { model, manifest } = g.exportOnnx({ y }, weights);
  assertEquals(
    Object.fromEntries(Object.entries(manifest.weights).map(([name, { shape }]) => [name, shape])),
    scope.shapes(),
  );
  for (const name of Object.keys(weights)) assert(initializerNames(model).includes(name), name);
  assertEquals(JSON.parse(JSON.stringify(manifest)), manifest);
});

Deno.test("exportOnnx() uses standard operators only", () => {
  const { y, weights } = network(2);
  assert(!contains(g.exportOnnx({ y }, weights).model, "com.microsoft"));
  assert(contains(g.buildProgram({ y }, { weights }).model, "com.microsoft"));
});

Deno.test("exportOnnx() refuses what cannot be written under its names", () => {
  const x = g.input("x", [2]);
  const y = g.mul(x, g.parameter("a", [2]));
  assertThrows(() => g.exportOnnx({ y }, {}), RangeError, 'no weight named "a"');
  const weights = { a: tensor([2]) };
  assertThrows(() => g.exportOnnx({ x: y }, weights), RangeError, 'the output "x"');
  assertThrows(() => g.exportOnnx({ a: y }, weights), RangeError, 'the output "a"');
});

/** The names of a model's initializers, read as protocol buffers: model.graph.initializer.name. */
function initializerNames(model: Uint8Array): string[] {
  const graph = fields(model).find(({ field }) => field === 7)!.bytes;
  return fields(graph).filter(({ field }) => field === 5).map(({ bytes }) =>
    new TextDecoder().decode(fields(bytes).find(({ field }) => field === 8)!.bytes)
  );
}

function fields(message: Uint8Array): { field: number; bytes: Uint8Array }[] {
  const found: { field: number; bytes: Uint8Array }[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1;; scale *= 128) {
      const byte = message[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const kind = tag & 7;
    const length = kind === 2 ? varint() : kind === 5 ? 4 : 0;
    if (kind === 0) varint();
    found.push({ field: tag >>> 3, bytes: message.subarray(at, at + length) });
    at += length;
  }
  return found;
}
