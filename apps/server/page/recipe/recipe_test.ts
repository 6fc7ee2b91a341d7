import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Capabilities } from "../api/capabilities.js";
import type { Generation } from "../api/generation.js";
import { Composition } from "../compose/composition.js";
import { fromGeneration, uploadAt } from "./from_generation.js";
import { fromFragment, toFragment } from "./link.js";
import { firstRecipe, parseRecipe, promptOf, type Recipe } from "./recipe.js";
import { toRequest } from "./to_request.js";

function modality(name: string, words: boolean) {
  return {
    ...{ name, words, prompt: true, output: true, accepts: [`${name}/any`], writes: `${name}/any` },
    ...{ formats: {}, guidance: 3, environment: null, candidates: 1, follow: !words, keep: !words },
  };
}

const CAPABILITIES: Capabilities = {
  version: "0",
  authentication: "none",
  modalities: [modality("text", true), modality("image", false), modality("audio", false)],
  samplers: ["ddim", "dpm++"],
  defaults: { sampler: "dpm++", steps: 25, count: 1, preview: 5 },
  limits: {
    ...{ uploadBytes: 1000, requestBytes: 2000, files: 8, prompts: 16, pixels: 100, seconds: 60 },
    ...{ textBytes: 1000, steps: 200, count: 8 },
  },
};

const RECIPE: Recipe = {
  prompts: [
    { ...promptOf("text"), text: "two nôtes ♪", weight: 0.5 },
    { ...promptOf("image"), output: "/v1/generations/a_b-1/outputs/image", negative: true },
  ],
  to: ["image", "audio"],
  seed: 7,
  steps: 10,
  sampler: "ddim",
  guidance: { image: 4 },
  environment: 2,
  candidates: { image: 16, audio: 1 },
  count: 3,
};

const noFile = () => Promise.resolve(undefined);

Deno.test("toFragment() and fromFragment() give the recipe back, without its files", () => {
  const file = { ...promptOf("audio"), file: "0a" };
  const { fragment, leftOut } = toFragment({ ...RECIPE, prompts: [...RECIPE.prompts, file] });
  assertEquals(leftOut, 1);
  assertEquals(/^#recipe=[\w-]+$/.test(fragment), true, fragment);
  assertEquals(parseRecipe(fromFragment(fragment), CAPABILITIES), RECIPE);
  assertEquals(fromFragment("#stage"), undefined);
  assertThrows(() => fromFragment(fragment.slice(0, 40)), SyntaxError, "cut or changed");
});

Deno.test("parseRecipe() leaves out what the server lacks, and foreign addresses", () => {
  const prompts = [
    { modality: "image", output: "https://example.com/a.png" },
    { modality: "smell", text: "roses" },
    { modality: "text", text: "a bell", weight: -1, role: "owner" },
  ];
  const given = { ...RECIPE, prompts, to: ["smell", "audio"], steps: 1e9, sampler: "x", seed: -4 };
  const candidates = { image: 16, audio: 2.5, text: 17 };
  assertEquals(parseRecipe({ ...given, guidance: "much", candidates, extra: 1 }, CAPABILITIES), {
    ...RECIPE,
    prompts: [{ ...promptOf("text"), text: "a bell" }],
    to: ["audio"],
    steps: 200,
    sampler: "dpm++",
    seed: 0,
    guidance: null,
    candidates: { image: 16 },
  });
  for (const none of [undefined, null, 0, 17, 1.5, "2", { image: 0 }]) {
    assertEquals(parseRecipe({ ...RECIPE, candidates: none }, CAPABILITIES).candidates, null);
  }
  assertEquals(parseRecipe({ ...RECIPE, candidates: 1 }, CAPABILITIES).candidates, 1);
  assertThrows(() => parseRecipe([], CAPABILITIES), SyntaxError, "not one");
});

Deno.test("toRequest() names files, and sorts samples by what they are for", async () => {
  const sound = new Blob(["sound"]);
  const prompts: Recipe["prompts"] = [
    { ...promptOf("text"), text: " " },
    { ...promptOf("text"), text: " a bell ", weight: 2 },
    { ...promptOf("audio"), file: "0a", role: "follow" },
    { ...promptOf("image"), output: "/v1/x", role: "keep", region: "0,0,32,64" },
  ];
  const { request, files, uploads } = await toRequest(
    { ...RECIPE, prompts, to: ["text", "image"] },
    (key) => Promise.resolve(key === "0a" ? sound : undefined),
  );
  assertEquals([...files], [["file-1", sound]]);
  assertEquals([...uploads], [["/follow/audio", sound]]);
  assertEquals(request, {
    ...{ to: ["text", "image"], steps: 10, sampler: "ddim", count: 3, preview: 1, seed: 7 },
    ...{ guidance: { image: 4 }, environment: 2, candidates: { image: 16 } },
    prompts: [{ modality: "text", text: "a bell", weight: 2, negative: false }],
    follow: { audio: { file: "file-1" } },
    keep: { image: { output: "/v1/x", region: "0,0,32,64" } },
  });
});

Deno.test("toRequest() says what is missing", async () => {
  const only = (prompt: Recipe["prompts"][number]) =>
    toRequest({ ...RECIPE, prompts: [prompt], to: ["audio"] }, noFile);
  await assertRejects(
    () => only({ ...promptOf("image"), file: "0a", name: "cat.png" }),
    Error,
    "“cat.png” is not kept in this browser",
  );
  const kept = { role: "keep" as const, output: "/v1/x" };
  await assertRejects(() => only({ ...promptOf("image"), ...kept }), Error, "no image is made");
  await assertRejects(() => only({ ...promptOf("audio"), ...kept }), Error, "no part chosen");
  const followed = { ...promptOf("audio"), output: "/v1/x", role: "follow" as const };
  await assertRejects(() => only(followed), Error, "a new audio is made beside them");
});

Deno.test("fromGeneration() gives the recipe of what was made, with uploads by their digest", async () => {
  const upload = { mediaType: "audio/wav", bytes: 5, sha256: "0a" };
  const generation: Generation = {
    ...{ id: "1", status: "done", position: null, step: 10, steps: 10, createdAt: "" },
    ...{ notices: [], outputs: [], run: null, error: null },
    request: {
      prompts: [{ modality: "text", text: "a bell", weight: 2, negative: true }],
      ...{ to: ["image", "audio"], seed: 9, steps: 10, sampler: "ddim", count: 1 },
      guidance: { image: 3, audio: 3 },
      environment: { image: 2, audio: 2 },
      follow: { audio: { upload } },
      keep: { image: { output: "/v1/x" } }, // by a mask, which the page does not know
    },
  };
  const told = { ...generation, request: { ...generation.request, candidates: { image: 1 } } };
  assertEquals(fromGeneration(told, CAPABILITIES).candidates, { image: 1 });
  const elsewhere = { mixing: "tokens", eta: 1, format: { image: "jpeg", video: "gif" } };
  const more = { ...generation.request, ...elsewhere, follow: {}, keep: {}, decoding: {} };
  const recipe = fromGeneration({ ...generation, request: more }, CAPABILITIES);
  assertEquals(recipe.more, elsewhere);
  assertEquals(
    parseRecipe(fromFragment(toFragment(recipe).fragment), CAPABILITIES).more,
    elsewhere,
  );
  const image = { ...recipe, to: ["image"], guidance: { image: 3, audio: 4 }, candidates: 2 };
  const { request } = await toRequest(image, noFile);
  assertEquals([request.mixing, request.eta, request.format], ["tokens", 1, { image: "jpeg" }]);
  assertEquals([request.guidance, request.candidates, request.decoding], [
    { image: 3 },
    2,
    undefined,
  ]);
  assertEquals(uploadAt(generation, "/follow/audio"), upload);
  assertEquals(uploadAt(generation, "/prompts/0"), undefined);
  assertEquals(fromGeneration(generation, CAPABILITIES), {
    ...firstRecipe(CAPABILITIES),
    prompts: [
      { ...promptOf("text"), text: "a bell", weight: 2, negative: true },
      { ...promptOf("audio"), file: "0a", role: "follow" },
      { ...promptOf("image"), output: "/v1/x", role: "keep", region: "" },
    ],
    ...{ to: ["image", "audio"], seed: 9, steps: 10, sampler: "ddim", environment: 2 },
  });
});

Deno.test("Composition does not make what is followed, and makes what a part is kept of", () => {
  const composition = new Composition(CAPABILITIES);
  const sound = composition.add({ modality: "audio", output: "/v1/x", role: "follow" });
  assertEquals(composition.recipe.to, ["text", "image"]);
  composition.change(sound, { role: "keep" });
  assertEquals(composition.recipe.to, ["text", "image", "audio"]);
  composition.change(sound, { weight: 2 });
  assertEquals(composition.recipe.to, ["text", "image", "audio"]);
});
