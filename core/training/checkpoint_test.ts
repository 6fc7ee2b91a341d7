import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { random } from "../random/mod.ts";
import { tensor } from "../tensor/mod.ts";
import { WeightsMismatchError, writeWeights } from "../weights/mod.ts";
import { slots as writtenSlots } from "./checkpoint_writer_testing.ts";
import { readCheckpoint, toFlat, toTensors, writeCheckpoint } from "./mod.ts";

const slots = [
  { name: "layer.weight", shape: [2, 2], offset: 0, length: 4 },
  { name: "layer.bias", shape: [2], offset: 4, length: 2 },
];
const state = {
  parameters: Float32Array.of(1, 2, 3, 4, 5, 6),
  first: Float32Array.of(-0, 1e-40, 3, 4, 5, NaN),
  second: Float32Array.of(0, 1, 0, 1, 0, Infinity),
  average: Float32Array.of(6, 5, 4, 3, 2, 1),
};

Deno.test("readCheckpoint() gives what writeCheckpoint() was given, bit for bit", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "checkpoint.safetensors");
  await writeCheckpoint(path, { step: 7, state }, slots);
  const read = await readCheckpoint(path, slots);
  assertEquals(read.step, 7);
  for (const name of ["parameters", "first", "second", "average"] as const) {
    assertEquals(new Uint8Array(read.state[name].buffer), new Uint8Array(state[name].buffer));
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("readCheckpoint() refuses weights alone, and checkpoints of other parameters", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "checkpoint.safetensors");
  await writeWeights(path, { "layer.weight": tensor([2, 2]) });
  await assertRejects(() => readCheckpoint(path, slots), SyntaxError, "is not a checkpoint");
  await writeCheckpoint(path, { step: 7, state }, slots);
  const error = await assertRejects(
    () => readCheckpoint(path, [{ name: "other", shape: [6], offset: 0, length: 6 }]),
    WeightsMismatchError,
  );
  assert(error.missing.includes("first/other"));
  assert(error.unexpected.includes("first/layer.bias"), "nothing is left over in silence");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("toFlat() is the inverse of toTensors()", () => {
  const tensors = toTensors(state.parameters, slots);
  assertEquals(tensors["layer.bias"], tensor([2], Float32Array.of(5, 6)));
  assertEquals(toFlat(tensors, slots), state.parameters);
});

Deno.test("writeCheckpoint() leaves a whole checkpoint when its process is killed", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "checkpoint.safetensors");
  const script = fromFileUrl(new URL("./checkpoint_writer_testing.ts", import.meta.url));
  const generator = random("kill");
  for (let round = 0; round < 8; round++) {
    const child = new Deno.Command("deno", {
      args: ["run", "--no-prompt", "--allow-read", "--allow-write", script, path],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = child.stdout.getReader();
    assertEquals((await reader.read()).done, false); // the first checkpoint is there
    await new Promise((resolve) => setTimeout(resolve, generator.uniform() * 60));
    child.kill("SIGKILL");
    assertEquals((await child.status).signal, "SIGKILL");
    await reader.cancel();

    const { step, state } = await readCheckpoint(path, writtenSlots);
    for (const name of ["parameters", "first", "second", "average"] as const) {
      assert(state[name].every((value) => value === step), `a mixture at step ${step}`);
    }
  }
  await Deno.remove(folder, { recursive: true });
});
