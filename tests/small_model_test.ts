/** Four modalities small enough to train in a test go through every stage of the method. */

import { assert, assertEquals } from "@std/assert";
import { scene } from "@codi/band";
import { readColor } from "@codi/band/readers";
import { load } from "@codi/core";
import type { Tensor } from "@codi/core/tensor";
import {
  joinStage,
  partFile,
  SMALL_SCENES,
  smallDataset,
  smallModalities,
  smallStages,
  trainStages,
} from "./_small_model.ts";
import { meanFrame, nearestReader, squaredDistance } from "./_small_readings.ts";

const session = { threads: 1 } as const;
const NAMES = ["text", "image", "video", "audio"] as const;
/** Scenes of training that samples are compared with. */
const KNOWN = 256;
/** Samples of most checks. */
const COUNT = 16;
/** What they are of; none is held out. */
const ASKED = [["guitar", "red"], ["guitar", "green"], ["bell", "blue"], ["bell", "red"]] as const;
/** Steps of joint training: one for each way along each edge. */
const JOIN_STEPS = 8;

const asked = (place: number) => ASKED[place % ASKED.length]!;
const numbers = Array.from({ length: COUNT }, (_, place) => place);
const share = (isRight: (place: number) => boolean): number =>
  numbers.filter(isRight).length / COUNT;

Deno.test("a small model of four modalities learns every stage", async (test) => {
  const directory = await Deno.makeTempDir({ prefix: "codi-small-" });
  try {
    const dataset = await smallDataset();
    await test.step("every objective learns", async () => {
      await trainStages(directory, dataset, smallStages(directory), (report) => {
        const { name, losses, continues } = report;
        const [first, last] = [losses[0]!, losses.at(-1)!];
        // The video autoencoder begins where that of images ended.
        assert(
          continues ? first < 0.3 : last < 0.9 * first,
          `${name} went from ${first} to ${last}`,
        );
      });
    });

    const { text, image, video, audio } = smallModalities(directory);
    const prompts = numbers.map((number) => {
      const [thing, color] = asked(number);
      return { number, prompts: [text.prompt(`a ${thing} on a ${color} background`)] };
    });
    const all = [text, image, video, audio];
    const request = { prompts: [], samples: prompts, seed: 1, steps: 10 } as const;

    const still = {
      prompts: [text.prompt("a bell")],
      to: ["image"],
      seed: 5,
      steps: 4,
      environment: 0,
    } as const;

    await using codi = await load(all, { session });
    let before: Tensor;
    await test.step("samples are nearer to their own captions", async () => {
      for (const modality of [image, video, audio]) {
        let right = 0;
        for (const index of numbers) {
          const sample = await dataset.sample(modality.name, "train", index) as Tensor;
          const prompt = modality.prompt(sample);
          const { thing } = scene("train", index, SMALL_SCENES);
          const other = SMALL_SCENES.things.find((name) => name !== thing)!;
          const own = await codi.similarity(text.prompt(`a ${thing}`), prompt);
          if (own > await codi.similarity(text.prompt(`a ${other}`), prompt)) right++;
        }
        assert(right >= 0.85 * COUNT, `${right} of ${COUNT} of ${modality.name}`);
      }
    });

    const read = {
      image: await nearestReader(dataset, image, KNOWN),
      video: await nearestReader(dataset, video, KNOWN),
    };
    await test.step("a sentence makes pictures, clips and other sentences", async () => {
      const made = await codi.generateBatch({
        ...request,
        to: ["text", "image", "video"],
        environment: 0,
      });
      const things = {
        image: share((place) => read.image(made[place]!.image) === asked(place)[0]),
        video: share((place) => read.video(made[place]!.video) === asked(place)[0]),
        text: share((place) => made[place]!.text.includes(asked(place)[0])),
      };
      const colors = {
        image: share((place) => readColor(made[place]!.image).color === asked(place)[1]),
        video: share((place) => readColor(meanFrame(made[place]!.video)).color === asked(place)[1]),
      };
      for (const right of [...Object.values(things), ...Object.values(colors)]) {
        assert(right >= 0.75, JSON.stringify({ things, colors }));
      }
    });

    await test.step("a sound, never paired with pictures, prompts one", async () => {
      const heard = await Promise.all(
        numbers.map(async (number) => {
          const sound = await dataset.sample("audio", "train", number) as Tensor;
          return { number, prompts: [audio.prompt(sound)] };
        }),
      );
      const made = await codi.generateBatch({ ...request, samples: heard, to: ["image"] });
      const right = share((place) =>
        read.image(made[place]!.image) === scene("train", place, SMALL_SCENES).thing
      );
      assert(right >= 0.75, `${right}`);
    });

    await test.step("joint training leaves all other weights bit for bit", async () => {
      const parts = NAMES.flatMap((name) =>
        (["promptEncoder", "autoencoder", "diffusion"] as const).map((part) =>
          partFile(directory, `${name}/${part}`)
        )
      );
      const files = await Promise.all(parts.map((path) => Deno.readFile(path)));
      before = (await codi.generate(still)).image;
      await trainStages(directory, dataset, [joinStage(directory, JOIN_STEPS)]);
      for (const [place, path] of parts.entries()) {
        assertEquals(await Deno.readFile(path), files[place]!, path);
      }
    });

    await test.step("samples alone are what they were before", async () => {
      const after = (await codi.generate(still)).image;
      assertEquals(after.data, before.data);
      const beside = await codi.generate({ ...still, to: ["image", "audio"] });
      assert(squaredDistance(after.data, beside.image.data) < 1e-6);
    });

    await test.step("outputs added to others leave their noise as it is", async () => {
      const one = { prompts: [text.prompt("a bell")], seed: 5, steps: 2 } as const;
      const first = async (to: readonly (typeof NAMES)[number][], environment: number) => {
        for await (const { denoised } of codi.generateSteps({ ...one, to, environment })) {
          return denoised["image"]!;
        }
        throw new Error("no step");
      };
      const noise = await first(["image"], 0);
      const same = await first(["image", "video", "text"], 0);
      const other = await first(["image", "video", "text"], 1);
      assert(squaredDistance(noise.data, same.data) < 1e-6);
      assert(squaredDistance(noise.data, other.data) > 1e-6, "the others are heard");
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
