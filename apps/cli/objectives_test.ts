import { assert, assertEquals, assertRejects } from "@std/assert";
import { join, toFileUrl } from "@std/path";
import { openDevice } from "@codi/core/runtime";
import { type Dataset, type ObjectiveContext, runObjective } from "@codi/core/training";
import { loadObjectives } from "./objectives.ts";
import { BUNDLED } from "./plugins/config.ts";
import { loadPlugin } from "./plugins/load_plugins.ts";
import { testFolder } from "./_testing.ts";

/** What each objective may see, and what its prompts may be of beside that. */
const TABLE: Readonly<Record<string, { pairs: string[]; prompted?: string[] }>> = {
  "autoencode text": { pairs: ["text"] },
  "autoencode text noisy": { pairs: ["text"] },
  "autoencode image": { pairs: ["image"] },
  "autoencode audio": { pairs: ["audio"] },
  "autoencode video": { pairs: ["video"] },
  "autoencode audio renderer": { pairs: ["audio"] },
  "align text+image": { pairs: ["text+text", "text+image"] },
  "align audio": { pairs: ["text+audio"] },
  "align video": { pairs: ["text+video"] },
  "denoise text": { pairs: ["text+text", "text+image", "text+audio", "text+video"] },
  "denoise image": { pairs: ["text+image", "image+image"] },
  "denoise audio": { pairs: ["text+audio", "audio+audio"] },
  "denoise video temporal": { pairs: ["text+video", "video+video"] },
  "denoise video": { pairs: ["text+video", "video+video"] },
  "join": {
    pairs: ["text+image", "text+audio", "image+video", "audio+video"],
    prompted: ["text+text", "text+image", "text+audio", "text+video"],
  },
};

const ORDER = ["text", "image", "audio", "video"];

/** Pairs as names, whichever of a pair comes first. */
function named(pairs: readonly (readonly string[])[] = []): Set<string> {
  const sorted = pairs.map((pair) =>
    pair.toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)).join("+")
  );
  return new Set(sorted);
}

/** Data of which nothing is read. */
const dataset: Dataset = {
  name: "untouched",
  modalities: ["image", "audio", "video"],
  bridge: "text",
  size: () => 1,
  contentLength: 0,
  vocabulary: [],
  caption: () => ({ text: "", key: "" }),
  paraphrases: () => [{ text: "", key: "" }, { text: "", key: "" }],
  describes: () => false,
  sample: () => Promise.resolve(undefined),
};

Deno.test("loadObjectives() gives objectives that see the pairs of the table, and can see no other", async () => {
  await using folder = await testFolder();
  await using device = openDevice({ threads: 1 });
  const plugins = await Promise.all(
    Object.values(BUNDLED).map(async (specifier) => ({
      specifier,
      modality: await loadPlugin(specifier),
    })),
  );
  const objectives = await loadObjectives(plugins);
  assertEquals(objectives.map(({ name }) => name).toSorted(), Object.keys(TABLE).toSorted());
  for (const objective of objectives) {
    const { pairs, prompted = [] } = TABLE[objective.name]!;
    assertEquals(named(objective.pairs), new Set(pairs), objective.name);
    assertEquals(named(objective.prompted), new Set(prompted), objective.name);
    /** Looks at something in the objective's place. */
    const look = (see: (context: ObjectiveContext) => unknown) =>
      runObjective({
        ...objective,
        prepare: async (context) => {
          await see(context);
          throw new Error("seen");
        },
      }, {
        dataset,
        device,
        directory: folder.path,
        now: () => 0,
        locate: (part) => toFileUrl(join(folder.path, part)).pathname,
      });
    for (const first of ORDER) {
      for (const second of ORDER.slice(ORDER.indexOf(first))) {
        const parts = [...pairs, ...prompted].map((one) => one.split("+"));
        const allowed = parts.some((one) => one.includes(first) && one.includes(second));
        const seeing = () => look((context) => context.pair(first, second));
        if (allowed) await assertRejects(seeing, Error, "seen");
        else await assertRejects(seeing, RangeError, `Cannot show "${first}" with "${second}"`);
      }
    }
    // Nor does one view show a third modality beside the two that were asked for.
    const [first, second = first] = objective.pairs[0]!;
    for (const third of ORDER.filter((name) => ![first, second].includes(name))) {
      const seeing = () =>
        look(({ pair }) => {
          const view = pair(first!, second);
          return third === "text" ? view.caption("train", 0, 0) : view.sample(third, "train", 0);
        });
      await assertRejects(seeing, RangeError, `Cannot show "${third}" to the objective`);
    }
  }
  // What image and sound are to each other is only known by way of text or of clips.
  assert(objectives.every(({ pairs }) => !named(pairs).has("image+audio")));
});

Deno.test("loadObjectives() leaves out training that is not there, and tells of what is broken", async () => {
  await using without = await testFolder();
  await using broken = await testFolder();
  const training = 'import "./helpr.ts";\nexport const objectives = () => [];\n';
  await Deno.writeTextFile(join(broken.path, "training.ts"), training);
  const text = { specifier: BUNDLED["text"]!, modality: await loadPlugin(BUNDLED["text"]!) };
  const modality = { ...text.modality, name: "smell", bridge: false };
  const names = async (specifier: string) =>
    (await loadObjectives([text, { specifier, modality }])).map(({ name }) => name);
  assertEquals((await names(without.path)).filter((name) => name.includes("smell")), []);
  await assertRejects(() => names(broken.path), TypeError, "helpr.ts");
});
