import { load } from "@codi/core";
import { assertEquals, assertRejects } from "@std/assert";
import { modalities } from "../text_and_image_testing.ts";
import { generationSchema } from "../requests/schema.ts";
import { generateBatch } from "./generate_batch.ts";

Deno.test("generateBatch() ends within the step in which it is aborted", async () => {
  await using codi = await load(modalities, { session: { threads: 1 } });
  const { guidance: _, environment: __, ...asked } = generationSchema.parse({
    to: ["image"],
    steps: 50,
  });
  const none = { prompts: [], follow: {}, keep: {}, guidance: undefined, environment: undefined };
  const ended = new AbortController();
  const steps: number[] = [];
  const running = generateBatch({
    codi,
    threads: 1,
    jobs: [{ spec: { ...asked, ...none, seed: 1 }, uploads: {} }],
    signal: ended.signal,
    events: {
      notices: () => {},
      watched: () => false,
      preview: () => {},
      step: (step) => {
        steps.push(step);
        if (step === 3) ended.abort(new Error("enough"));
      },
    },
  });
  await assertRejects(() => running, Error, "enough");
  assertEquals(steps, [1, 2, 3]);
});
