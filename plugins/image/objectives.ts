import { input, mse, type Value } from "@codi/core/graph";
import { mixEmbeddings } from "@codi/core/conditioning";
import { noiseSchedule } from "@codi/core/diffusion";
import { type AnyModality, openNetwork, SPACE_WIDTH } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { random } from "@codi/core/random";
import { type Tensor, tensor } from "@codi/core/tensor";
import type { Objective, ObjectiveContext, PreparedObjective } from "@codi/core/training";
import { IMAGE_CONFIG, type ImageConfig, latentShape } from "./config.ts";
import { imageDiffusion, predict } from "./diffusion.ts";
import { pictureBatch } from "./picture.ts";
import { imagePromptEncoder } from "./prompt_encoder.ts";
import { autoencoderLoss, imageAutoencoder, LATENT_STATISTICS } from "./vae.ts";

/** Pictures whose latents' statistics are measured. */
const STATISTICS_PICTURES = 1024;

/** The image autoencoder: pictures alone. */
export function autoencodeImage(config: ImageConfig = IMAGE_CONFIG): Objective {
  return {
    name: "autoencode image",
    stage: "autoencode",
    trains: ["image/autoencoder"],
    freezes: [],
    pairs: [["image"]],
    options: { steps: 5500, learningRate: 2e-3 },
    prepare: (context) => Promise.resolve(prepareAutoencoder(context, config)),
  };
}

function prepareAutoencoder(context: ObjectiveContext, config: ImageConfig): PreparedObjective {
  const { pairs, seed, size, device } = context;
  const batch = 16;
  const scope = new Scope();
  const autoencoder = imageAutoencoder(config);
  const noiseShape = [batch, ...latentShape(config)];
  const { loss, metrics } = autoencoderLoss(
    scope,
    input("picture", [batch, 3, 64, 64]),
    input("noise", noiseShape),
    config,
  );
  const feedsOf = async (split: "train" | "test", step: number) => {
    const draw = random(seed, "autoencode", split, step);
    const indices = Array.from({ length: batch }, () => draw.integer(Math.min(size, 1e9)));
    const pictures = await Promise.all(indices.map((index) => pairs.sample("image", split, index)));
    const noise = tensor(noiseShape);
    draw.fillNormal(noise.data);
    return { picture: pictureBatch(pictures as Tensor[]), noise };
  };
  return {
    task: {
      scope,
      traced: { loss, metrics },
      batchSize: batch,
      batch: (step) => feedsOf("train", step),
    },
    finish: async (weights) => {
      const [channels, ...plane] = latentShape(config);
      const blank = {
        ...weights,
        [LATENT_STATISTICS.mean]: tensor([channels]),
        [LATENT_STATISTICS.deviation]: tensor([channels], new Float32Array(channels).fill(1)),
      };
      const draw = random(seed, "statistics");
      const indices = Array.from(
        { length: STATISTICS_PICTURES },
        () => draw.integer(Math.min(size, 1e9)),
      );
      const pictures = await Promise.all(
        indices.map((index) => pairs.sample("image", "train", index)),
      );
      const encoder = openNetwork(autoencoder.encoder, blank, device);
      const { latent } = await encoder.run(autoencoder.feeds(pictures as Tensor[]));
      const { mean, deviation } = channelStatistics(latent!, channels, plane[0]! * plane[1]!);
      return {
        "image/autoencoder": {
          tensors: {
            ...weights,
            [LATENT_STATISTICS.mean]: mean,
            [LATENT_STATISTICS.deviation]: deviation,
          },
          metadata: {},
        },
      };
    },
  };
}

/** Mean and standard deviation of each channel of [batch, channels, pixels]. */
function channelStatistics(
  values: Tensor,
  channels: number,
  pixels: number,
): { mean: Tensor; deviation: Tensor } {
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  values.data.forEach((value, index) => {
    const channel = Math.floor(index / pixels) % channels;
    sums[channel]! += value;
    squares[channel]! += value * value;
  });
  const count = values.data.length / channels;
  const mean = Float32Array.from(sums, (total) => total / count);
  const deviation = Float32Array.from(
    squares,
    (total, channel) => Math.sqrt(total / count - mean[channel]! ** 2),
  );
  return { mean: tensor([channels], mean), deviation: tensor([channels], deviation) };
}

const BATCH = 64;
/** Scenes whose latents and prompts are encoded before training. */
const SCENES = 24576;
/** Captions per scene, of different wording and mention. */
const CAPTIONS = 3;
/** How often the prompt is the picture itself, two mixed captions, or nothing. */
const PICTURE_PROMPT = 0.2;
const MIXED_PROMPT = 0.25;
const NO_PROMPT = 0.12;
/** The deviation of noise on each number of a prompt vector, against the gap between modalities. */
const PROMPT_NOISE = 0.015;

/**
 * The image diffusion network: latents with the prompt of a caption or of the picture itself (CoDi,
 * section 3.3). Mixes of captions of one scene teach it superposition.
 *
 * @param text The bridge.
 */
export function denoiseImage(text: AnyModality, config: ImageConfig = IMAGE_CONFIG): Objective {
  return {
    name: "denoise image",
    stage: "denoise",
    trains: ["image/diffusion"],
    freezes: ["image/autoencoder", "image/promptEncoder", "text/promptEncoder"],
    pairs: [["image", "text"], ["image", "image"]],
    options: { steps: 7500, learningRate: 2e-3, warmup: 100, averageDecay: 0.999 },
    prepare: (context) => prepareDiffusion(context, text, config),
  };
}

async function prepareDiffusion(
  context: ObjectiveContext,
  text: AnyModality,
  config: ImageConfig,
): Promise<PreparedObjective> {
  const { pairs, seed, size, device, weights, cached, onProgress } = context;
  const scenes = Math.min(SCENES, size);
  const autoencoder = imageAutoencoder(config);
  const promptEncoder = imagePromptEncoder(config);
  const { schedule: { name, options } } = imageDiffusion(config);
  const latent = latentShape(config);
  const encoder = openNetwork(autoencoder.encoder, await weights("image/autoencoder"), device);
  const pictureEncoder = openNetwork(
    promptEncoder.network,
    await weights("image/promptEncoder"),
    device,
  );
  const captionEncoder = openNetwork(
    text.promptEncoder.network,
    await weights("text/promptEncoder"),
    device,
  );

  /** Runs something over all scenes in pieces. */
  const encode = async (
    what: string,
    count: number,
    run: (first: number, last: number) => Promise<Tensor>,
  ) => {
    const piece = 256;
    let all: Float32Array<ArrayBuffer> | undefined;
    let shape: readonly number[] = [];
    for (let first = 0; first < count; first += piece) {
      const last = Math.min(count, first + piece);
      const part = await run(first, last);
      const stride = part.data.length / (last - first);
      all ??= new Float32Array(count * stride);
      all.set(part.data, first * stride);
      shape = part.shape.slice(1);
      if ((first / piece) % 16 === 0) onProgress(`${what} ${last} of ${count}`);
    }
    return tensor([count, ...shape], all);
  };
  const range = (first: number, last: number) =>
    Array.from({ length: last - first }, (_, i) => first + i);
  const picturesOf = (split: "train" | "test", first: number, last: number) =>
    Promise.all(range(first, last).map((index) => pairs.sample("image", split, index))) as Promise<
      Tensor[]
    >;

  const encodeSplit = async (split: "train" | "test", count: number) => ({
    latents: await cached(
      `latents ${split} ${count}`,
      () =>
        encode(
          `encoding ${split} latents`,
          count,
          async (first, last) =>
            (await encoder.run(autoencoder.feeds(await picturesOf(split, first, last))))["latent"]!,
        ),
    ),
    pictures: await cached(
      `picture prompts ${split} ${count}`,
      () =>
        encode(
          `encoding ${split} picture prompts`,
          count,
          async (first, last) =>
            (await pictureEncoder.run(promptEncoder.feeds(await picturesOf(split, first, last))))[
              "embedding"
            ]!,
        ),
    ),
    captions: await cached(
      `captions ${split} ${count} ${CAPTIONS}`,
      () =>
        encode(`encoding ${split} captions`, count * CAPTIONS, async (first, last) => {
          const texts = range(first, last).map((place) =>
            pairs.caption(split, Math.floor(place / CAPTIONS), place % CAPTIONS).text
          );
          return (await captionEncoder.run(text.promptEncoder.feeds(texts)))["embedding"]!;
        }),
    ),
  });
  type Encoded = Awaited<ReturnType<typeof encodeSplit>>;
  const train = await encodeSplit("train", scenes);
  const test = await encodeSplit("test", Math.min(512, size));

  const schedule = noiseSchedule(name, options);
  const scope = new Scope();
  const shape = [BATCH, ...latent];
  const loss: Value = mse(
    predict(scope, {
      z: input("z", shape),
      timestep: input("timestep", [BATCH]),
      condition: input("condition", [BATCH, SPACE_WIDTH]),
      present: input("present", [BATCH]),
    }, config),
    input("target", shape),
  );
  const latentSize = latent.reduce((a, b) => a * b, 1);

  const feedsOf = (split: "train" | "test", from: Encoded, step: number) => {
    const draw = random(seed, "denoise", split, step);
    const count = from.latents.shape[0]!;
    const z = tensor(shape);
    const target = tensor(shape);
    const timestep = tensor([BATCH]);
    const condition = tensor([BATCH, SPACE_WIDTH]);
    const present = tensor([BATCH]);
    const row = (table: Tensor, index: number) =>
      table.data.subarray(index * SPACE_WIDTH, (index + 1) * SPACE_WIDTH);
    for (let sample = 0; sample < BATCH; sample++) {
      const index = draw.integer(count);
      // Timesteps stratified over the batch: a quieter loss at no cost.
      const steps = schedule.alphaBars.length;
      const t = Math.min(steps - 1, Math.floor(((sample + draw.uniform()) / BATCH) * steps));
      timestep.data[sample] = t;
      const alpha = Math.sqrt(schedule.alphaBars[t]!);
      const sigma = Math.sqrt(1 - schedule.alphaBars[t]!);
      for (let i = 0; i < latentSize; i++) {
        const clean = from.latents.data[index * latentSize + i]!;
        const noise = draw.normal();
        z.data[sample * latentSize + i] = alpha * clean + sigma * noise;
        target.data[sample * latentSize + i] = alpha * noise - sigma * clean;
      }
      const kind = draw.uniform();
      const caption = () => row(from.captions, index * CAPTIONS + draw.integer(CAPTIONS));
      const share = draw.uniform();
      const embedding = kind < PICTURE_PROMPT
        ? row(from.pictures, index)
        : kind < PICTURE_PROMPT + MIXED_PROMPT
        ? mixEmbeddings([
          { embedding: caption(), weight: 0.05 + share },
          { embedding: caption(), weight: 1.05 - share },
        ])
        : caption();
      present.data[sample] = draw.uniform() < NO_PROMPT ? 0 : 1;
      for (let i = 0; i < SPACE_WIDTH; i++) {
        condition.data[sample * SPACE_WIDTH + i] = embedding[i]! + PROMPT_NOISE * draw.normal();
      }
    }
    return { z, timestep, condition, present, target };
  };
  return {
    task: {
      scope,
      traced: { loss },
      batchSize: BATCH,
      batch: (step) => feedsOf("train", train, step),
      validation: [0, 1, 2, 3].map((step) => feedsOf("test", test, step)),
    },
    finish: (tensors) =>
      Promise.resolve({ "image/diffusion": { tensors: { ...tensors }, metadata: {} } }),
  };
}
