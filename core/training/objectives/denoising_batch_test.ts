import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { noiseSchedule } from "../../diffusion/mod.ts";
import { SPACE_WIDTH } from "../../modality/mod.ts";
import { tensor } from "../../tensor/mod.ts";
import { denoisingBatch, type EncodedSamples } from "./denoising_batch.ts";

/** Samples whose numbers tell which one they are. */
function markedSamples(count: number): EncodedSamples {
  const latents = tensor([count, 2, 8, 8]);
  latents.data.forEach((_, i) => latents.data[i] = Math.floor(i / 128) + 1);
  const themselves = tensor([count, SPACE_WIDTH]);
  const captions = tensor([3 * count, SPACE_WIDTH]);
  for (let scene = 0; scene < count; scene++) {
    themselves.data[scene * SPACE_WIDTH + scene] = 1;
    for (let wording = 0; wording < 3; wording++) {
      const place = (3 * scene + wording) * SPACE_WIDTH;
      captions.data[place + scene] = 0.6;
      captions.data[place + 200 + wording] = 0.8;
    }
  }
  return {
    latents,
    prompts: [
      { embeddings: captions, perSample: 3, share: 0.8, mixed: 0.3 },
      { embeddings: themselves, perSample: 1, share: 0.2 },
    ],
  };
}

Deno.test("denoisingBatch() is v-prediction: latent and noise come back from z and target", () => {
  const schedule = noiseSchedule("cosine");
  const batch = denoisingBatch(markedSamples(20), { schedule, batch: 64 }, 1, "train", 0);
  const noises: number[] = [];
  for (let sample = 0; sample < 64; sample++) {
    const alphaBar = schedule.alphaBars[batch.timestep.data[sample]!]!;
    const [alpha, sigma] = [Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar)];
    const clean = new Set<number>();
    for (let i = 128 * sample; i < 128 * (sample + 1); i++) {
      const value = alpha * batch.z.data[i]! - sigma * batch.target.data[i]!;
      assertAlmostEquals(value, Math.round(value), 1e-3);
      clean.add(Math.round(value));
      noises.push(sigma * batch.z.data[i]! + alpha * batch.target.data[i]!);
    }
    assertEquals(clean.size, 1, "all of one scene");
  }
  const mean = noises.reduce((a, b) => a + b) / noises.length;
  const variance = noises.reduce((sum, value) => sum + (value - mean) ** 2, 0) / noises.length;
  assert(Math.abs(mean) < 0.05 && Math.abs(variance - 1) < 0.06, `${mean}, ${variance}`);
});

Deno.test("denoisingBatch() asks for what the network predicts", () => {
  const schedule = noiseSchedule("cosine");
  const [v, epsilon, x0] = (["v", "epsilon", "x0"] as const).map((prediction) =>
    denoisingBatch(markedSamples(20), { schedule, batch: 8, prediction }, 1, "train", 0)
  );
  assertEquals(epsilon!.z, v!.z);
  assertEquals(x0!.z, v!.z);
  for (let i = 0; i < v!.z.data.length; i++) {
    const alphaBar = schedule.alphaBars[v!.timestep.data[Math.floor(i / 128)]!]!;
    const [alpha, sigma] = [Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar)];
    const [noise, clean] = [epsilon!.target.data[i]!, x0!.target.data[i]!];
    assertAlmostEquals(v!.z.data[i]!, alpha * clean + sigma * noise, 1e-4);
    assertAlmostEquals(v!.target.data[i]!, alpha * noise - sigma * clean, 1e-4);
  }
});

Deno.test("denoisingBatch() spreads timesteps over the whole schedule", () => {
  const schedule = noiseSchedule("cosine");
  for (let step = 0; step < 5; step++) {
    const { data } =
      denoisingBatch(markedSamples(20), { schedule, batch: 64 }, 1, "train", step).timestep;
    // One whole timestep in each 64th of the schedule.
    data.forEach((t, i) => assert(t > i * 1000 / 64 - 1 && t < (i + 1) * 1000 / 64, `${i}: ${t}`));
  }
});

Deno.test("denoisingBatch() adds as much noise to prompts as it is told to", () => {
  const schedule = noiseSchedule("cosine");
  for (const [told, deviation] of [[{}, 0.015], [{ promptNoise: 0.03 }, 0.03]] as const) {
    const { condition } = denoisingBatch(
      markedSamples(20),
      { schedule, batch: 64, ...told },
      1,
      "train",
      0,
    );
    // Numbers that no prompt of these samples has.
    const noise = condition.data.filter((_, i) => i % SPACE_WIDTH >= 20 && i % SPACE_WIDTH < 200);
    const variance = noise.reduce((sum, value) => sum + value ** 2, 0) / noise.length;
    assertAlmostEquals(Math.sqrt(variance), deviation, 0.03 * deviation);
  }
});

Deno.test("denoisingBatch() prompts with the sample's own captions, mixes and itself, or nothing", () => {
  const schedule = noiseSchedule("cosine");
  const counts = { sample: 0, caption: 0, mix: 0, none: 0 };
  const steps = 60;
  for (let step = 0; step < steps; step++) {
    const { z, target, timestep, condition, present } = denoisingBatch(
      markedSamples(20),
      { schedule, batch: 64 },
      2,
      "train",
      step,
    );
    for (let sample = 0; sample < 64; sample++) {
      const alphaBar = schedule.alphaBars[timestep.data[sample]!]!;
      const clean = Math.sqrt(alphaBar) * z.data[128 * sample]! -
        Math.sqrt(1 - alphaBar) * target.data[128 * sample]!;
      const prompt = condition.data.slice(SPACE_WIDTH * sample, SPACE_WIDTH * (sample + 1));
      const scene = prompt.slice(0, 20).reduce((best, v, i, all) => v > all[best]! ? i : best, 0);
      assertEquals(scene, Math.round(clean) - 1, "the prompt is of the same sample");
      const wordings = [200, 201, 202].filter((place) => prompt[place]! > 0.1).length;
      if (wordings === 0) counts.sample++;
      else if (wordings === 1) counts.caption++;
      else counts.mix++;
      if (present.data[sample] === 0) counts.none++;
      else assertEquals(present.data[sample], 1);
    }
  }
  const share = (count: number) => count / (64 * steps);
  assertAlmostEquals(share(counts.sample), 0.2, 0.03);
  // Two draws of three captions differ in two thirds of the mixes, and one may hardly count.
  assertAlmostEquals(share(counts.mix), 0.8 * 0.3 * 2 / 3, 0.05);
  assertAlmostEquals(share(counts.none), 0.12, 0.02);
});

Deno.test("denoisingBatch() is a function of its key", () => {
  const schedule = noiseSchedule("cosine");
  const of = (seed: number, split: string, step: number) =>
    denoisingBatch(markedSamples(5), { schedule, batch: 64 }, seed, split, step);
  assertEquals(of(1, "train", 2), of(1, "train", 2));
  const others = [of(2, "train", 2), of(1, "test", 2), of(1, "train", 3), of(1, "train", 2)];
  assertEquals(new Set(others.map(({ z }) => z.data.join())).size, 4);
});
