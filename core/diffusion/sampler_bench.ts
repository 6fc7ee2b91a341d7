import { type Tensor, tensor } from "../tensor/mod.ts";
import { noise } from "./noise.ts";
import { noiseSchedule } from "./noise_schedule.ts";
import type { Sampling } from "./sampler.ts";
import { type SamplerName, samplers } from "./samplers.ts";

// What a sampler costs besides its network: ten steps at [8, 4, 16, 16], denoised for nothing. A tenth
// of a figure is one step. The noise of stochastic samplers is drawn beforehand.
const shape = [8, 4, 16, 16];
const schedule = noiseSchedule("cosine");
const start = noise(shape, { seed: 1, name: "start" });
const fresh = noise(shape, { seed: 1, name: "fresh", step: 0 });
const denoised = tensor(shape);

function run(sampling: Sampling): Tensor {
  let state = sampling.next();
  while (!state.done) state = sampling.next(denoised);
  return state.value;
}

for (const name of Object.keys(samplers) as SamplerName[]) {
  Deno.bench(`${name}, 10 steps`, { group: "sampler", baseline: name === "ddim" }, () => {
    run(samplers[name](start, schedule, { steps: 10, stepNoise: () => fresh }));
  });
}

Deno.bench("noise(), 10 steps", { group: "sampler" }, () => {
  for (let step = 0; step < 10; step++) noise(shape, { seed: 1, name: "fresh", step });
});
