import { assert, assertEquals, assertRejects } from "@std/assert";
import { load } from "@codi/core";
import { environmentInputs } from "@codi/core/environment";
import {
  type AnyModality,
  LATENT_STATISTICS,
  type Network,
  openNetwork,
  traceNetwork,
  weightShapes,
} from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { random } from "@codi/core/random";
import { openDevice } from "@codi/core/runtime";
import { elementCount, type Tensor, tensor } from "@codi/core/tensor";
import { type Objective, runObjective } from "@codi/core/training";
import { writeWeights } from "@codi/core/weights";
import { openFolder } from "@codi/folder";
import { createText } from "@codi/text";
import { join as joinPath, toFileUrl } from "@std/path";
import { createTemplate, template } from "./mod.ts";
import { join, objectives, type TemplateConfig } from "./training.ts";

/** Networks that take a blink to train. */
const SMALL: TemplateConfig = { latentWidth: 4, width: 16, blocks: 1 };
const PARTS = ["promptEncoder", "autoencoder", "diffusion", "environment"] as const;

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

Deno.test("networks keep the shapes they promise, whatever the batch", () => {
  const { promptEncoder, autoencoder, diffusion, environment } = template;
  for (const batch of [1, 3]) {
    const shapesOf = (network: Network) =>
      Object.values(traceNetwork(network, new Scope(), batch)).map(({ shape }) => shape);
    const latent = [batch, ...autoencoder!.latentShape];
    assertEquals(shapesOf(promptEncoder.network), [[batch, 256]]);
    assertEquals(shapesOf(autoencoder!.encoder), [latent]);
    assertEquals(shapesOf(autoencoder!.decoder), [[batch, 64]]);
    assertEquals(shapesOf(diffusion!.network), [latent]);
    assertEquals(shapesOf(environment!.encoder), [[batch, 64]]);
    assertEquals(shapesOf(environment!.joint), [latent]);
  }
});

Deno.test("environment: where nothing is heard the prediction is that of the diffusion network", async () => {
  const { diffusion, environment } = createTemplate(SMALL, {});
  const { network } = diffusion!;
  const weights = randomWeights(network, environment!.joint);
  const normal = (name: string, shape: readonly number[]) =>
    tensor(shape, random(name).fillNormal(new Float32Array(elementCount(shape))));
  const feeds = {
    z: normal("z", [2, SMALL.latentWidth]),
    timestep: tensor([2], Float32Array.of(10, 900)),
    condition: normal("condition", [2, 256]),
    present: tensor([2], Float32Array.of(1, 0)),
  };
  const { global, slots, heard } = environmentInputs(2);
  const said = { global: normal("global", global.shape), slots: normal("slots", slots.shape) };
  await using device = openDevice({ threads: 1 });
  const alone = await openNetwork(network, weights, device).run(feeds);
  const joint = openNetwork(environment!.joint, weights, device);
  const unheard = await joint.run({ ...feeds, ...said, heard: tensor(heard.shape) });
  const all = tensor(heard.shape, new Float32Array(4).fill(1));
  const hearing = await joint.run({ ...feeds, ...said, heard: all });
  const gap = (one: Record<string, Tensor>) =>
    one["prediction"]!.data.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - alone["prediction"]!.data[i]!)),
      0,
    );
  assert(gap(unheard) < 1e-5 && gap(hearing) > 1e-2, `${gap(unheard)}, ${gap(hearing)}`);
});

Deno.test("objectives() and join() train on a folder, and what they make generates", async () => {
  const folder = await Deno.makeTempDir({ prefix: "codi-template-" });
  const path = (...names: string[]) => joinPath(folder, ...names);
  try {
    await writeWaves(path("data"), 24);
    const located = (part: string) => path(`${part.replace("/", ".")}.safetensors`);
    const at = (name: string) =>
      Object.fromEntries(PARTS.map((part) => [part, toFileUrl(located(`${name}/${part}`))]));
    const text = await smallText(at("text"), located);
    const own = createTemplate(SMALL, at("template"));

    await using device = openDevice({ threads: 1 });
    const { dataset, report } = await openFolder(path("data"), [text, own]);
    assertEquals(report.skipped, []);
    const run = async (objective: Objective) => {
      const read = () => Promise.all(objective.freezes.map((part) => Deno.readFile(located(part))));
      const frozen = await read();
      const losses: number[] = [];
      const { finished, files } = await runObjective(objective, {
        dataset: dataset.for([...new Set(objective.pairs.flat())]),
        directory: folder,
        device,
        session: { threads: 1 },
        now: () => 0,
        steps: 24,
        warmup: 0,
        learningRate: 1e-2,
        logEvery: 1,
        locate: located,
        metadata: { space: text.space },
        // Joint training minimises alignment alone at first, and then in addition.
        onEvent: ({ metrics }) =>
          void losses.push(metrics["align template hears text"] ?? metrics["loss"]!),
      });
      assert(finished && losses.every(Number.isFinite), `${objective.name}: ${losses}`);
      assert(mean(losses.slice(-8)) < mean(losses.slice(0, 8)), `${objective.name}: ${losses}`);
      assertEquals(Object.keys(files), [...objective.trains]);
      assertEquals(await read(), frozen, `${objective.name} changes what is frozen`);
      await Deno.remove(path("checkpoint.safetensors"));
      await Deno.remove(path("log.jsonl"));
    };
    for (const objective of objectives(text, SMALL)) await run(objective);
    const joint = join([text, own], SMALL)!;
    assertEquals([joint.name, joint.trains], ["join template", ["template/environment"]]);
    await run(joint);
    assertEquals(join([own], SMALL), undefined, "there is nothing to hear");

    await using codi = await load([text, own], { session: { threads: 1 } });
    const prompts = [text.prompt("a wave"), own.prompt(wave(3), { weight: 0.5 })];
    const request = { to: ["template", "text"], steps: 3, seed: 1 } as const;
    const made = await codi.generate({ prompts, ...request });
    assertEquals(made.template.shape, [64]);
    const bytes = await own.codec.encode(made.template);
    assertEquals((await own.codec.decode(bytes)).shape, [64]);
    const unprompted = await codi.generate({ prompts: [], ...request });
    assert(made.template.data.join() !== unprompted.template.data.join(), "prompts count");
    const deaf = await codi.generate({ prompts, ...request, environment: 0 });
    assert(made.template.data.join() !== deaf.template.data.join(), "the sentence beside counts");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** A folder of waves, with a caption each. */
async function writeWaves(folder: string, count: number): Promise<void> {
  await Deno.mkdir(folder);
  for (let number = 0; number < count; number++) {
    const file = joinPath(folder, `wave_${number}`);
    await Deno.writeFile(`${file}.template`, await template.codec.encode(wave(number)));
    await Deno.writeTextFile(`${file}.txt`, `a wave of length ${number}`);
  }
}

/** Text with small networks and random weights. */
async function smallText(
  weights: Readonly<Record<string, URL>>,
  located: (part: string) => string,
): Promise<AnyModality> {
  const blocks = { encoderBlocks: 1, decoderBlocks: 1 };
  const text = createText({
    wordWidth: 8,
    width: 8,
    blocks: 1,
    sentences: {
      latentChannels: 8,
      autoencoder: { wordWidth: 8, width: 8, ...blocks, memoryTokens: 2 },
      diffusion: {
        widths: [16],
        depth: 1,
        tokens: 2,
        heads: 2,
        timeWidth: 16,
        contextTokens: 2,
        contextWidth: 8,
      },
    },
  }, weights);
  const { promptEncoder, autoencoder, diffusion, environment } = text;
  const base = weightShapes(diffusion!.network);
  const heard = Object.entries(randomWeights(environment!.encoder, environment!.joint));
  const parts: Record<(typeof PARTS)[number], Record<string, Tensor>> = {
    promptEncoder: randomWeights(promptEncoder.network),
    autoencoder: randomWeights(autoencoder!.encoder, autoencoder!.decoder),
    diffusion: randomWeights(diffusion!.network),
    environment: Object.fromEntries(heard.filter(([name]) => !Object.hasOwn(base, name))),
  };
  for (const [part, tensors] of Object.entries(parts)) {
    await writeWeights(located(`text/${part}`), tensors, { metadata: { space: text.space } });
  }
  return text;
}

/** Random weights none of which is zero, so that every path counts. */
function randomWeights(...networks: readonly Network[]): Record<string, Tensor> {
  const draw = random("weights");
  const shapes = networks.flatMap((network) => Object.entries(weightShapes(network)));
  return Object.fromEntries(shapes.map(([name, shape]) => {
    const data = new Float32Array(elementCount(shape));
    if (name === LATENT_STATISTICS.deviation) return [name, tensor(shape, data.fill(1))];
    return [name, tensor(shape, draw.fillNormal(data).map((value) => 0.2 * value))];
  }));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
