import { load } from "@codi/core";
import { image } from "@codi/image";
import { text } from "@codi/text";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { modalities } from "../text_and_image_testing.ts";
import { specOf } from "../queue/queue_testing.ts";
import { generateBatch } from "./generate_batch.ts";

Deno.test("generateBatch() ends within the step in which it is aborted", async () => {
  await using codi = await load(modalities, { session: { threads: 1 } });
  const ended = new AbortController();
  const steps: number[] = [];
  const running = generateBatch({
    codi,
    threads: 1,
    jobs: [{ spec: specOf({ steps: 50 }), uploads: {} }],
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

Deno.test("generateBatch() tries as many candidates as a job asks for, and writes that down", async () => {
  await using codi = await load(modalities, { session: { threads: 1 } });
  const sentence = "a red guitar";
  const made = async (candidates: number) => {
    const prompts = [{ modality: "text", text: sentence, weight: 1, negative: false }];
    const spec = specOf({ prompts, steps: 3, seed: 7, count: 4, candidates });
    const [files] = await generateBatch({
      codi,
      threads: 1,
      jobs: [{ spec, uploads: {} }],
      signal: new AbortController().signal,
      events: { notices: () => {}, watched: () => false, preview: () => {}, step: () => {} },
    });
    const pictures = files!.filter(({ modality }) => modality === "image");
    const run = JSON.parse(new TextDecoder().decode(files!.at(-1)!.bytes));
    return {
      pictures: await Promise.all(pictures.map(({ bytes }) => image.codec.decode(bytes))),
      told: run.request.candidates,
    };
  };
  const wanted = await codi.generateBatch({
    prompts: [text.prompt(sentence)],
    ...{ to: ["image"], steps: 3, seed: 7, count: 4, candidates: 4 },
  });
  const shown = await Promise.all(
    wanted.map(async (one) => await image.codec.decode(await image.codec.encode(one["image"]))),
  );
  const [four, one] = [await made(4), await made(1)];
  assertEquals([four.told, one.told], [4, 1]);
  assertEquals(four.pictures, shown);
  assert(four.pictures.some(({ data }, i) => data.some((x, k) => x !== one.pictures[i]!.data[k])));
});
