import { assert, assertEquals, assertThrows } from "@std/assert";
import { defineModality, type ModalitySpec } from "./mod.ts";

const spec: ModalitySpec<"sketch", string> = {
  name: "sketch",
  version: "1.2.3",
  space: "space-1",
  bridge: false,
  codec: {
    reads: [],
    writes: "text/plain",
    extension: ".sketch",
    decode: (bytes) => Promise.resolve(String(bytes.length)),
    encode: () => Promise.resolve(new Uint8Array()),
  },
  promptEncoder: {
    network: { name: "sketch prompt encoder", inputs: () => ({}), trace: () => ({}) },
    feeds: () => ({}),
  },
  weights: {},
};

Deno.test("defineModality() keeps what the plugin says and adds prompts", () => {
  const modality = defineModality(spec);
  const { prompt, ...said } = modality;
  assertEquals(said, spec);
  assert(said.codec === spec.codec);
  assertEquals(prompt("x"), { modality: "sketch", sample: "x", weight: 1, negative: false });
  assertEquals(prompt("x", { weight: 0.25, negative: true }), {
    modality: "sketch",
    sample: "x",
    weight: 0.25,
    negative: true,
  });
});

Deno.test("Modality.prompt() refuses weights that are not positive numbers", () => {
  const { prompt } = defineModality(spec);
  for (const weight of [0, -1, NaN, Infinity]) {
    assertThrows(
      () => prompt("x", { weight }),
      RangeError,
      `Cannot give a prompt the weight "${weight}": weights are positive numbers`,
    );
  }
});

Deno.test("defineModality() refuses names that are no option or file name", () => {
  for (
    const name of ["", "Sketch", "../sketch", "a b", "-a", "a-", "a--b", "2d", "__proto__", "ö"]
  ) {
    assertThrows(
      () => defineModality({ ...spec, name }),
      RangeError,
      `Cannot define the modality "${name}"`,
    );
  }
  for (const name of ["sketch", "sketch-2d", "x"]) {
    assertEquals(defineModality({ ...spec, name }).name, name);
  }
});
