import { assert, assertEquals } from "@std/assert";
import { bandDataset, openArt } from "@codi/band";
import { load } from "@codi/core";
import {
  type AnyModality,
  LATENT_STATISTICS,
  type Network,
  weightShapes,
} from "@codi/core/modality";
import { random } from "@codi/core/random";
import { openDevice } from "@codi/core/runtime";
import { type Tensor, tensor } from "@codi/core/tensor";
import { type Objective, type PartPath, runObjective } from "@codi/core/training";
import { writeWeights } from "@codi/core/weights";
import { createText } from "@codi/text";
import { join as joinPath, toFileUrl } from "@std/path";
import { createScore, score } from "./mod.ts";
import { join, objectives, type ScoreConfig } from "./training.ts";

const SMALL: ScoreConfig = {
  latentChannels: 4,
  autoencoder: { width: 16, blocks: 1 },
  promptEncoder: { width: 16, blocks: 1 },
  diffusion: { width: 16, blocks: 1 },
};

function drawnWeights(...networks: readonly Network[]): Record<string, Tensor> {
  const draw = random("weights");
  const shapes = networks.flatMap((network) => Object.entries(weightShapes(network)));
  return Object.fromEntries(shapes.map(([name, shape]) => {
    if (name === LATENT_STATISTICS.deviation) {
      return [name, tensor(shape, new Float32Array(shape[0]!).fill(1))];
    }
    const size = shape.reduce((a, b) => a * b, 1);
    return [name, tensor(shape, draw.fillNormal(new Float32Array(size)).map((x) => 0.1 * x))];
  }));
}

Deno.test("objectives() and join() train a score beside captions, and what they make generates", async () => {
  const folder = await Deno.makeTempDir({ prefix: "codi-score-" });
  try {
    const located = (part: string) => joinPath(folder, `${part.replace("/", ".")}.safetensors`);
    const url = (part: string) => toFileUrl(located(part));
    const parts = ["promptEncoder", "autoencoder", "diffusion", "environment"] as const;
    const at = (name: string) =>
      Object.fromEntries(parts.map((part) => [part, url(`${name}/${part}`)]));
    const sizes = { widths: [16], depth: 1, tokens: 2, heads: 2, timeWidth: 16 };
    const text = createText({
      wordWidth: 8,
      width: 8,
      blocks: 1,
      sentences: {
        latentChannels: 8,
        autoencoder: {
          wordWidth: 8,
          width: 8,
          encoderBlocks: 1,
          decoderBlocks: 1,
          memoryTokens: 2,
        },
        diffusion: { ...sizes, contextTokens: 2, contextWidth: 8 },
      },
    }, at("text"));
    const own = createScore(SMALL, at("score"));
    const metadata = { space: text.space };
    const { encoder, decoder } = text.autoencoder!;
    const drawn = {
      promptEncoder: drawnWeights(text.promptEncoder.network),
      autoencoder: drawnWeights(encoder, decoder),
      diffusion: drawnWeights(text.diffusion!.network),
      environment: environmentWeights(text),
    };
    for (const [part, tensors] of Object.entries(drawn)) {
      await writeWeights(located(`text/${part}`), tensors, { metadata });
    }

    await using device = openDevice({ threads: 1 });
    const dataset = bandDataset(await openArt({ things: ["bell"], styles: ["noto"] }), {
      size: 64,
    });
    const run = async (objective: Objective, steps: number) => {
      const before = await Promise.all(
        objective.freezes.map((part) => Deno.readFile(located(part))),
      );
      const losses: number[] = [];
      const { finished, files } = await runObjective(objective, {
        dataset,
        directory: folder,
        device,
        session: { threads: 1 },
        now: () => 0,
        steps,
        warmup: 0,
        learningRate: 1e-2,
        logEvery: 1,
        locate: (part: PartPath) => located(part),
        metadata,
        // Joint training minimises alignment alone at first, and then in addition.
        onEvent: ({ metrics }) =>
          void losses.push(metrics["align score hears text"] ?? metrics["loss"]!),
      });
      assert(finished && losses.every(Number.isFinite), `${objective.name}: ${losses}`);
      const mean = (some: readonly number[]) => some.reduce((a, b) => a + b, 0) / some.length;
      const third = Math.floor(steps / 3);
      const [early, late] = [mean(losses.slice(0, third)), mean(losses.slice(-third))];
      assert(late < early, `${objective.name} learns nothing: ${losses}`);
      for (const [index, part] of objective.freezes.entries()) {
        assertEquals(await Deno.readFile(located(part)), before[index], `${part} stays`);
      }
      assertEquals(Object.keys(files), [...objective.trains]);
      await Deno.remove(joinPath(folder, "checkpoint.safetensors"));
      await Deno.remove(joinPath(folder, "log.jsonl"));
    };
    for (const objective of objectives(text, SMALL)) await run(objective, 15);
    const joint = join([text, own], SMALL)!;
    assertEquals([joint.name, joint.pairs], ["join score", [["score", "text"]]]);
    await run(joint, 24);

    await using codi = await load([text, own], { session: { threads: 1 } });
    const prompts = [
      text.prompt("a bell"),
      own.prompt({ thing: "bell", strokes: [{ slot: 2, pitch: 70 }] }),
    ];
    const request = { prompts, to: ["score", "text"], steps: 2, seed: 1 } as const;
    const made = await codi.generate(request);
    const bytes = await score.codec.encode(made.score);
    assertEquals(await score.codec.decode(bytes), made.score);
    assertEquals(typeof made.text, "string");
    const latents = async (environment?: number) => {
      const steps = codi.generateSteps({ ...request, ...(environment === 0 && { environment }) });
      let last: readonly number[] = [];
      for await (const { denoised } of steps) last = [...denoised["score"]!.data];
      return last;
    };
    assert((await latents()).join() !== (await latents(0)).join(), "the sentence beside counts");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** What the part `environment` holds. */
function environmentWeights({ environment, diffusion }: AnyModality): Record<string, Tensor> {
  const base = weightShapes(diffusion!.network);
  const all = drawnWeights(environment!.encoder, environment!.joint);
  return Object.fromEntries(Object.entries(all).filter(([name]) => !Object.hasOwn(base, name)));
}

Deno.test("join() meets sounds and captions, trains only the score, and needs a partner", async () => {
  const { audio } = await import("@codi/audio");
  const { text } = await import("@codi/text");
  const both = join([text, audio, score])!;
  assertEquals(both.trains, ["score/environment"]);
  assertEquals(both.pairs, [["score", "audio"], ["score", "text"]]);
  assert(both.freezes.includes("audio/environment") && both.freezes.includes("text/environment"));
  assertEquals(join([audio, score]), undefined, "there is no bridge");
  assertEquals(join([score]), undefined);
});
