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
    const batch = joiningBatch({ ...samples, equalTimesteps }, 60, 1, "a hears b", "train", 0);
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
