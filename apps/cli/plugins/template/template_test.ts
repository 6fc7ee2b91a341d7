import { assert, assertEquals, assertRejects } from "@std/assert";
import { load } from "@codi/core";
import { type Network, traceNetwork } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { openDevice } from "@codi/core/runtime";
import { type Tensor, tensor } from "@codi/core/tensor";
import { runObjective } from "@codi/core/training";
import { writeWeights } from "@codi/core/weights";
import { openFolder } from "@codi/folder";
import { createText } from "@codi/text";
import { join, toFileUrl } from "@std/path";
import { createTemplate, template } from "./mod.ts";
import { objectives, type TemplateConfig } from "./training.ts";

/** Networks that take a blink to train. */
const SMALL: TemplateConfig = { latentWidth: 4, width: 16, blocks: 1 };

/** A wave of some length, by its number. */
function wave(number: number): Tensor {
  const values = Float32Array.from({ length: 64 }, (_, i) => 0.8 * Math.sin(i / (2 + number)));
  return tensor([64], values);
}

Deno.test("codec writes what it reads, and refuses anything else", async () => {
  const bytes = await template.codec.encode(wave(1), { description: "a wave" });
  assertEquals(await template.codec.decode(bytes), wave(1));
  for (const text of ["", "[]", '{"values":[1]}', '{"values":"many"}']) {
    await assertRejects(
      () => template.codec.decode(new TextEncoder().encode(text)),
      SyntaxError,
      "Cannot read a curve",
    );
  }
  await assertRejects(() => template.codec.encode(tensor([3])), RangeError, "Cannot write");
});

Deno.test("objectives() train on a folder of files, and what they make generates", async () => {
  const folder = await Deno.makeTempDir({ prefix: "codi-template-" });
  const path = (...names: string[]) => join(folder, ...names);
  try {
    await Deno.mkdir(path("data"));
    for (let number = 0; number < 24; number++) {
      const file = path("data", `wave_${number}`);
      await Deno.writeFile(`${file}.template`, await template.codec.encode(wave(number)));
      await Deno.writeTextFile(`${file}.txt`, `a wave of length ${number}`);
    }
    const located = (part: string) => path(`${part.replace("/", ".")}.safetensors`);
    const url = (part: string) => toFileUrl(located(part));
    const words = { wordWidth: 8, width: 8, blocks: 1 };
    const text = createText(words, { promptEncoder: url("text/promptEncoder") });
    const metadata = { space: text.space };
    const bridge = randomWeights(text.promptEncoder.network);
    await writeWeights(located("text/promptEncoder"), bridge, { metadata });
    const own = createTemplate(SMALL, {
      autoencoder: url("template/autoencoder"),
      promptEncoder: url("template/promptEncoder"),
      diffusion: url("template/diffusion"),
    });

    await using device = openDevice({ threads: 1 });
    const { dataset, report } = await openFolder(path("data"), [text, own]);
    assertEquals(report.skipped, []);
    for (const objective of objectives(text, SMALL)) {
      const losses: number[] = [];
      const { finished } = await runObjective(objective, {
        dataset: dataset.for([...new Set(objective.pairs.flat())]),
        directory: folder,
        device,
        session: { threads: 1 },
        now: () => 0,
        steps: 20,
        warmup: 0,
        learningRate: 1e-2,
        logEvery: 1,
        locate: located,
        metadata,
        onEvent: ({ metrics }) => void losses.push(metrics["loss"]!),
      });
      assert(finished && losses.every(Number.isFinite), `${objective.name}: ${losses}`);
      const mean = (some: number[]) => some.reduce((sum, loss) => sum + loss, 0) / some.length;
      const [early, late] = [mean(losses.slice(0, 5)), mean(losses.slice(-5))];
      assert(late < early, `${objective.name} learns nothing: ${losses}`);
      await Deno.remove(path("checkpoint.safetensors"));
      await Deno.remove(path("log.jsonl"));
    }

    await using codi = await load([text, own], { session: { threads: 1 } });
    const prompts = [text.prompt("a wave"), own.prompt(wave(3), { weight: 0.5 })];
    const made = await codi.generate({ prompts, to: ["template"], steps: 3, seed: 1 });
    assertEquals(made.template.shape, [64]);
    assert(made.template.data.every(Number.isFinite));
    const other = await codi.generate({ prompts: [], to: ["template"], steps: 3, seed: 1 });
    assert(made.template.data.join() !== other.template.data.join(), "prompts count");
    const bytes = await own.codec.encode(made.template);
    assertEquals((await own.codec.decode(bytes)).shape, [64]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Random weights of a network. */
function randomWeights(network: Network): Record<string, Tensor> {
  const scope = new Scope();
  traceNetwork(network, scope, 1);
  return scope.initialWeights(1);
}
