import {
  type Art,
  bandDataset,
  drawSound,
  openArt,
  openSounds,
  type Scene,
  sceneDrawer,
  type SoundBank,
  type Sounds,
  STYLES,
} from "@codi/band";
import { type ImageReader, openImageReader } from "@codi/band/readers";
import { type Codi, load } from "@codi/core/generation";
import {
  type AnyModality,
  findModality,
  type PartName,
  type RunningNetwork,
  SPACE_WIDTH,
} from "@codi/core/modality";
import { openDevice, type SessionOptions } from "@codi/core/runtime";
import { digestWeights } from "../weights_digest.ts";
import { type Bench, hasFile, openPart } from "./bench.ts";
import { type Judge, openJudge } from "./judges.ts";
import type { Pieces } from "./pieces.ts";
import type { Settings } from "./trial.ts";

/** All that an evaluation works with; what is heavy is opened when it is first needed. */
export interface Lab extends Bench, AsyncDisposable {
  /** What was measured before, and what is measured now. */
  readonly pieces: Pieces;
  /** How samples are generated unless a trial says otherwise. */
  readonly settings: Settings;
  /** The digests of all weights there are, for example of `image/diffusion`. */
  readonly digests: Readonly<Record<string, string>>;
  /** The digests of the readers' weights. */
  readonly readers: Readonly<Record<string, string>>;
  /** The modalities that have weights for their environment: only they can know of each other. */
  readonly joined: readonly string[];
  /** What parts with a guest see in place of the same without guests. */
  readonly withGuests: Pick<Lab, "modalities" | "digests" | "joined">;
  /**
   * The same lab for each piece that is measured at a time: what is generated and read runs on devices
   * that share the threads, which together get more done than one of all threads.
   */
  readonly crew: readonly Lab[];
  /** A folder, of an absolute path, for what is made on the way. */
  readonly scratch: string;
  /** Milliseconds since some fixed moment. */
  readonly now: () => number;
  /** The models. */
  codi(): Promise<Codi>;
  /** The reader of a modality. */
  judge(modality: string): Promise<Judge>;
  /** Samples of a modality in the shared space, many at once. */
  embed(modality: string, samples: readonly unknown[]): Promise<Float32Array<ArrayBuffer>[]>;
  /** The sample of a scene, played by a certain sound bank. */
  sample(modality: string, scene: Scene, bank?: SoundBank): Promise<unknown>;
}

/** The most pieces that are measured at a time: each takes about a gigabyte. */
const MOST_PIECES = 4;

/** What {@linkcode openLab} is told. */
export interface LabOptions
  extends Pick<Lab, "pieces" | "readers" | "settings" | "scratch" | "progress" | "signal" | "now"> {
  /** Threads to compute with; one for each core if undefined. */
  readonly threads: number | undefined;
  /** Modalities that only the parts look at that are about them. @default {[]} */
  readonly guests?: readonly AnyModality[];
}

/**
 * Opens what an evaluation works with.
 *
 * @param modalities The installed modalities, text and image among them.
 * @param options The run, how to sample, and how to compute.
 * @returns The lab; bind it with `await using`.
 */
export async function openLab(
  modalities: readonly AnyModality[],
  options: LabOptions,
): Promise<Lab> {
  const { threads, guests = [], ...rest } = options;
  const all = [...modalities, ...guests];
  const art = await openArt({ styles: STYLES.map(({ name }) => name) });
  const stack = new AsyncDisposableStack();
  const whole = openInstruments(all, threads === undefined ? {} : { threads }, stack);
  let reader: ImageReader;
  try {
    reader = stack.use(await openImageReader({ device: whole.device }));
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
  const drawer = sceneDrawer(art);
  const sounds = once((bank: SoundBank): Promise<Sounds> => openSounds({ bank }));
  const crew: Lab[] = [];
  const lab: Lab = {
    ...rest,
    ...whole,
    crew,
    modalities,
    dataset: bandDataset(art),
    draw: drawer.draw,
    text: findModality(modalities, "text"),
    image: findModality(modalities, "image"),
    art: art as Art,
    reader,
    digests: await digestsOf(modalities),
    joined: await joinedOf(modalities),
    withGuests: {
      modalities: all,
      digests: await digestsOf(all),
      joined: await joinedOf(all),
    },
    sample: async (modality: string, scene: Scene, bank: SoundBank = "training") =>
      modality === "audio" && bank !== "training"
        ? drawSound(scene, await sounds(bank))
        : await drawer.draw(modality, scene),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
  const cores = threads ?? navigator.hardwareConcurrency;
  const size = Math.min(cores, MOST_PIECES);
  const session = { threads: Math.floor(cores / size) };
  for (let one = 0; one < size; one++) {
    crew.push(size === 1 ? lab : { ...lab, ...openInstruments(all, session, stack) });
  }
  return lab;
}

/** What of a lab computes, on a device of its own. */
function openInstruments(
  modalities: readonly AnyModality[],
  session: SessionOptions,
  stack: AsyncDisposableStack,
): Pick<Lab, "device" | "codi" | "judge" | "embed"> {
  const device = stack.use(openDevice(session));
  const judge = once((name: string) => openJudge(name, device), (one) => stack.use(one));
  const encoder = once((name: string): Promise<RunningNetwork> => {
    const modality = findModality(modalities, name);
    return openPart(modality, "promptEncoder", modality.promptEncoder.network, device);
  });
  const codi = once((_: "codi") => load(modalities, { session }), (one) => stack.use(one));
  return {
    device,
    codi: () => codi("codi"),
    judge,
    embed: async (name, samples) => {
      const { feeds } = findModality(modalities, name).promptEncoder;
      const { embedding } = await (await encoder(name)).run(feeds(samples));
      return samples.map((_, i) =>
        embedding!.data.slice(i * SPACE_WIDTH, (i + 1) * SPACE_WIDTH) as Float32Array<ArrayBuffer>
      );
    },
  };
}

/** A function that works once for each argument. */
function once<K, V>(
  open: (key: K) => Promise<V>,
  keep: (value: V) => void = () => {},
): (key: K) => Promise<V> {
  const opened = new Map<K, Promise<V>>();
  return (key) => {
    let one = opened.get(key);
    if (one === undefined) {
      one = open(key).then((value) => {
        keep(value);
        return value;
      });
      opened.set(key, one);
    }
    return one;
  };
}

async function digestsOf(modalities: readonly AnyModality[]): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const modality of modalities) {
    const parts = Object.keys(modality.weights) as PartName[];
    Object.assign(all, await digestWeights([modality], parts));
  }
  return all;
}

async function joinedOf(modalities: readonly AnyModality[]): Promise<string[]> {
  const joined: string[] = [];
  for (const { name, environment, weights } of modalities) {
    if (environment !== undefined && await hasFile(weights.environment)) joined.push(name);
  }
  return joined;
}
