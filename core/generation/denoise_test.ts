import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { openDevice } from "../runtime/mod.ts";
import { type Dataset, denoiseObjective, type PartPath, runObjective } from "../training/mod.ts";
import { withModalities } from "./_testing.ts";

const dataset: Dataset = {
  name: "numbers",
  modalities: ["sketch"],
  bridge: "words",
  size: () => 16,
  contentLength: 0,
  vocabulary: [],
  caption: (_, index) => ({ text: [index, 1, 2, 3] as never, key: `${index}` }),
  paraphrases: () => [{ text: "", key: "" }, { text: "", key: "" }],
  describes: () => false,
  sample: (_, __, index) => Promise.resolve([index, -index, 1, 2]),
};

Deno.test("denoiseObjective() counts changes along an axis as it is told", () =>
  withModalities(async ({ folder, words, sketch }) => {
    const locate = (part: PartPath) => join(folder, `${part.replace("/", ".")}.safetensors`);
    await using device = openDevice({ threads: 1 });
    /** The loss of the weights that a run begins with. */
    const firstLoss = async (name: string, change?: { axis: number; weight: number }) => {
      const losses: number[] = [];
      const objective = denoiseObjective({
        modality: sketch,
        bridge: words,
        batch: 8,
        scenes: { train: 16, test: 8 },
        options: { steps: 1 },
        ...(change && { change }),
      });
      await runObjective(objective, {
        dataset,
        device,
        locate,
        session: { threads: 1 },
        now: () => 0,
        steps: 1,
        directory: join(folder, name),
        logEvery: 1,
        onEvent: ({ metrics }) => losses.push(metrics["loss"]!),
      });
      return losses[0]!;
    };
    const none = await firstLoss("none");
    assertEquals(await firstLoss("nothing", { axis: 0, weight: 0 }), none);
    const once = await firstLoss("once", { axis: 0, weight: 1 }) - none;
    assert(once > 1e-2, `${once}`);
    assertAlmostEquals(await firstLoss("often", { axis: 0, weight: 4 }) - none, 4 * once, 1e-4);
    const along = await firstLoss("along the other", { axis: 1, weight: 1 }) - none;
    assert(Math.abs(along - once) > 1e-3, "the axis is the one that is named");
  }));
