import { assert, assertEquals, assertRejects } from "@std/assert";
import { toFileUrl } from "@std/path";
import { tensor } from "../tensor/mod.ts";
import { writeWeights } from "../weights/mod.ts";
import { numbers, partPath, partWeights, withModalities, writeParts } from "./_testing.ts";
import { type Codi, type GenerateBatchRequest, load } from "./mod.ts";

const options = { session: { threads: 1 } };

Deno.test("load() refuses modalities that do not fit together", () =>
  withModalities(async ({ folder, words, sketch }) => {
    await assertRejects(() => load([]), RangeError, "Cannot load no modalities");
    await assertRejects(() => load([sketch, sketch]), RangeError, 'two modalities named "sketch"');
    await assertRejects(
      () => load([words, numbers("tune", { folder, space: "space-2" })]),
      RangeError,
      '"tune": it was aligned to the shared space "space-2", "words" to "space-1"',
    );
  }));

Deno.test("generate() names what is wrong with a request", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi: Codi = await load([words, sketch], options);
    const refuse = async (request: Partial<GenerateBatchRequest>, message: string) => {
      await assertRejects(
        () => codi.generateBatch({ prompts: [], to: ["sketch"], steps: 1, ...request }),
        RangeError,
        message,
      );
    };
    await refuse({ to: [] }, "Cannot generate nothing");
    await refuse({ to: ["smell"] }, '"smell": installed are "words", "sketch"');
    await refuse(
      { to: ["sketch", "words"] },
      'Cannot generate "words": the plugin reads it only as a prompt; outputs are "sketch"',
    );
    await refuse({ prompts: [tune.prompt([1, 0, 0, 0])] }, 'Cannot find modality "tune"');
    for (const count of [0, -1, 1.5, NaN]) await refuse({ count }, `generate "${count}" samples`);
    for (const first of [-1, 0.5, NaN]) await refuse({ first }, `begin with sample "${first}"`);
    for (const steps of [0, 1.5, NaN]) await refuse({ steps }, `sample in "${steps}" steps`);
    await refuse({ steps: 1001 }, '"1001" steps');
    await refuse({ seed: NaN }, '"NaN"');
    for (const guidance of [NaN, Infinity, { sketch: NaN }]) {
      await refuse({ guidance }, "Cannot guide with the scale");
    }
    await refuse({ sampler: "plms" as "ddim" }, '"plms"');
    await refuse(
      { prompts: [{ ...sketch.prompt([1, 0, 0, 0]), weight: 0 }] },
      'Cannot mix a prompt with weight "0"',
    );
    await refuse({ prompts: [sketch.prompt([1, 2, 3])] }, "[1,4]");
    // What was refused leaves nothing behind.
    assertEquals((await codi.generateBatch({ prompts: [], to: ["sketch"], steps: 1 })).length, 1);
  }));

Deno.test("generate() names part and file of missing weights, and finds them once they are there", () =>
  withModalities(async ({ folder, words, sketch }) => {
    const path = partPath(folder, "sketch", "diffusion");
    await Deno.remove(path);
    await using codi = await load([words, sketch], options);
    const generate = () => codi.generate({ prompts: [], to: ["sketch"], steps: 1 });
    const error = await assertRejects(
      generate,
      Error,
      `Cannot use the diffusion of "sketch": "${path}" is missing; train it, or reinstall the plugin`,
    );
    assert(error.cause instanceof Deno.errors.NotFound);
    await writeParts(folder, [sketch]);
    assertEquals((await generate()).sketch.length, 4);
  }));

Deno.test("weights that do not fit are refused, with their file and what is wrong", () =>
  withModalities(async ({ folder, words, sketch }) => {
    const path = partPath(folder, "sketch", "promptEncoder");
    const weights = partWeights(sketch, "promptEncoder");
    await using codi = await load([words, sketch], options);
    const embed = () => codi.embed(sketch.prompt([1, 0, 0, 0]));

    await writeWeights(path, weights, { metadata: { space: "space-7" } });
    await assertRejects(
      embed,
      RangeError,
      'Cannot use the promptEncoder of "sketch": its weights belong to the shared space "space-7", the plugin to "space-1"',
    );
    await writeWeights(path, { weight: tensor([3, 4]) });
    await assertRejects(
      embed,
      Error,
      `Cannot load weights: 1 misshapen: "weight" is [3,4] instead of [256,4]; they are in "${path}", for the sketch prompt encoder`,
    );
    await writeWeights(path, {});
    await assertRejects(embed, Error, '1 missing: "weight"');
    await Deno.writeFile(path, (await Deno.readFile(path)).subarray(0, 7));
    await assertRejects(embed, SyntaxError, `Cannot read "${path}"`);
    // Weights that name no space are taken.
    await writeWeights(path, weights);
    assertEquals((await embed()).length, 256);
  }));

Deno.test("a modality that has another's networks keeps its own weights", () =>
  withModalities(async ({ folder, words, sketch }) => {
    const path = partPath(folder, "photo", "promptEncoder");
    const weights = partWeights(sketch, "promptEncoder");
    weights["weight"] = tensor([256, 4], weights["weight"]!.data.map((value) => -value));
    await writeWeights(path, weights);
    const photo = { ...sketch, name: "photo", weights: { promptEncoder: toFileUrl(path) } };
    await using codi = await load([words, sketch, photo], options);
    const own = await codi.embed(sketch.prompt([1, 2, 3, 4]));
    const other = await codi.embed({ ...sketch.prompt([1, 2, 3, 4]), modality: "photo" });
    assertEquals(other, own.map((value) => -value));
  }));

Deno.test("weights are refused where a plugin names none, or none that can be read", () =>
  withModalities(async ({ folder }) => {
    const url = new URL("https://example.com/a.safetensors");
    const remote = numbers("remote", { folder, weights: { promptEncoder: url } });
    const bare = numbers("bare", { folder, weights: {} });
    const spaced = numbers("spaced", {
      folder,
      weights: { promptEncoder: toFileUrl(`${folder}/a b.safetensors`) },
    });
    await using codi = await load([remote, bare, spaced], options);
    await assertRejects(
      () => codi.embed(remote.prompt([1, 0, 0, 0])),
      Error,
      'Cannot fetch "https://example.com/a.safetensors": permit it with --allow-net=example.com',
    );
    await assertRejects(
      () => codi.notices([bare.prompt([1, 0, 0, 0])]),
      RangeError,
      'Cannot use the promptEncoder of "bare": the plugin names no weights',
    );
    await assertRejects(() => codi.embed(spaced.prompt([1, 0, 0, 0])), Error, "a b.safetensors");
  }));

Deno.test("notices() asks each prompt's modality, with what its weights know", () =>
  withModalities(async ({ folder, sketch }) => {
    const words = numbers("words", {
      folder,
      promptOnly: true,
      notices: (sample, knowledge) =>
        sample[0] === 0 ? [] : [`${sample[0]} ${knowledge["vocabulary"]}`],
    });
    await using codi = await load([words, sketch], options);
    const prompts = [
      words.prompt([7, 0, 0, 0]),
      sketch.prompt([1, 0, 0, 0]),
      words.prompt([0, 0, 0, 0]),
      words.prompt([8, 0, 0, 0]),
    ];
    assertEquals(await codi.notices(prompts), ["7 one two", "8 one two"]);
    assertEquals(await codi.notices([]), []);
  }));
