import { assert, assertEquals } from "@std/assert";
import { noiseSchedule } from "../../diffusion/mod.ts";
import { SPACE_WIDTH } from "../../modality/mod.ts";
import { tensor } from "../../tensor/mod.ts";
import { type JoinedSamples, joiningBatch } from "./joining_batch.ts";

const side = {
  latents: tensor([8, 2, 2]),
  perSample: 1,
  schedule: noiseSchedule("cosine"),
  timed: true,
};
const samples: JoinedSamples = {
  listener: side,
  partner: side,
  prompts: { embeddings: tensor([8, SPACE_WIDTH]), perSample: 1 },
  count: 8,
};

Deno.test("joiningBatch() has half of the partners clean, and none at equal timesteps alone", () => {
  const timesOf = (equalTimesteps: boolean) => {
    const batch = joiningBatch(
      { ...samples, equalTimesteps },
      { batch: 60 },
      1,
      "a hears b",
      "train",
      0,
    );
    return [[...batch.timestep.data], [...batch["partner timestep"].data]] as const;
  };
  const [own, other] = timesOf(false);
  assertEquals(other.filter((time) => time === 0).length, 30);
  const equal = own.filter((time, i) => time === other[i]).length;
  assert(equal >= 20 && equal < 30, String(equal));
  const [listener, partner] = timesOf(true);
  assertEquals(partner, listener);
  assertEquals(listener, own, "what the listener learns from is the same");
});

Deno.test("joiningBatch() groups pairs of which the prompt says the same", () => {
  const [count, kinds] = [60, 5];
  const latents = tensor([count, 1]);
  latents.data.forEach((_, i) => latents.data[i] = i);
  const embeddings = tensor([2 * count, SPACE_WIDTH]);
  for (let row = 0; row < 2 * count; row++) {
    // Both prompts of a sample say its kind, and something of their own.
    embeddings.data[row * SPACE_WIDTH + Math.floor(row / 2) % kinds] = 0.9;
    embeddings.data[row * SPACE_WIDTH + 10 + row % 200] = 0.4;
  }
  const clean = { ...side, latents };
  const many = { listener: clean, partner: clean, prompts: { embeddings, perSample: 2 }, count };
  const seen = new Set<number>();
  for (let step = 0; step < 20; step++) {
    const draw = () => joiningBatch(many, { batch: 24, alike: 8 }, 1, "a hears b", "train", step);
    const batch = draw();
    assertEquals(draw(), batch);
    const { data } = batch["partner z"];
    const drawn = [...data].map((value, i) =>
      batch["partner timestep"].data[i] === 0 ? value : undefined
    );
    for (let group = 0; group < 24; group += 8) {
      const some = drawn.slice(group, group + 8).filter((value) => value !== undefined);
      assert(some.length >= 3, "half of the partners are clean");
      assertEquals(new Set(some.map((value) => value % kinds)).size, 1);
      assertEquals(new Set(some).size, some.length, "each once");
      some.forEach((value) => seen.add(value % kinds));
    }
  }
  assertEquals(seen.size, kinds);
});

Deno.test("joiningBatch() fills a batch where there are fewer samples than a group has", () => {
  const batch = joiningBatch(samples, { batch: 20, alike: 16 }, 1, "a hears b", "train", 0);
  assertEquals([batch.z.shape, batch["partner z"].shape], [[20, 2, 2], [20, 2, 2]]);
});

Deno.test("joiningBatch() gives the listener's latents without noise where they are wanted", () => {
  const latents = tensor([8, 2, 2]);
  latents.data.forEach((_, i) => latents.data[i] = i);
  const numbered = { ...samples, listener: { ...side, latents } };
  const draw = (clean: boolean) =>
    joiningBatch(numbered, { batch: 20, clean }, 1, "a hears b", "train", 0);
  const { clean, ...rest } = draw(true);
  assertEquals(draw(false), rest, "all else is the same");
  assertEquals(clean!.shape, [20, 2, 2]);
  for (let sample = 0; sample < 20; sample++) {
    const [first, ...others] = clean!.data.subarray(4 * sample, 4 * sample + 4);
    assertEquals([first! % 4, ...others], [0, first! + 1, first! + 2, first! + 3]);
  }
});

Deno.test("joiningBatch() gives noise for what is heard, if asked, and changes nothing else by it", () => {
  const of = (partner: JoinedSamples["partner"], hearingNoise?: number) =>
    joiningBatch(
      { ...samples, partner },
      { batch: 60, ...(hearingNoise === undefined ? {} : { hearingNoise }) },
      1,
      "a hears b",
      "train",
      0,
    );
  const { "global noise": global, "slots noise": slots, ...others } = of(side, 0.5);
  assertEquals(others, of(side));
  assertEquals([global!.shape, slots!.shape], [[60, 64], [60, 16, 64]]);
  const { data } = slots!;
  const deviation = Math.sqrt(data.reduce((total, value) => total + value ** 2, 0) / data.length);
  assert(Math.abs(deviation - 0.5) < 0.01, `${deviation}`);
  assertEquals(of({ ...side, timed: false }, 0.5)["slots noise"], undefined, "it says no slots");
});
