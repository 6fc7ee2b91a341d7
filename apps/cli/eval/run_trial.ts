import { CANDIDATES_FROM_NOTHING } from "@codi/core/generation";
import type { Prompt } from "@codi/core/modality";
import { findModality } from "@codi/core/modality";
import type { Lab } from "./lab.ts";
import { pack } from "./packed.ts";
import { TimeOverError } from "./pieces.ts";
import {
  type Asked,
  askedOf,
  madeBy,
  mentionOfTrial,
  type Sampled,
  sceneOf,
  secondsOf,
  type SeenSample,
  type Settings,
  type Trial,
} from "./trial.ts";
import { wordsOf } from "./wordings.ts";

/** Samples of one piece: as many are stored together. */
export const PIECE = 16;

/** Samples that are generated side by side; clips take half a gigabyte a batch. */
const BATCH: Readonly<Record<string, number>> = { video: 4 };

type Samples = Readonly<Record<string, unknown>>;

/**
 * Whether all weights that a trial needs are there.
 *
 * @param lab What it works with.
 * @param trial The trial.
 * @returns Why it cannot be measured; undefined if it can.
 */
export function whyNot(lab: Lab, trial: Trial): string | undefined {
  const { inputs, follow = [], real = false } = trial;
  const names = new Set([...inputs.flat(), ...madeBy(trial), ...follow]);
  const installed = new Set(lab.modalities.map(({ name }) => name));
  const foreign = [...names].find((name) => !installed.has(name));
  if (foreign !== undefined) return `${foreign} is not installed`;
  const needed = [...names].map((name) => `${name}/promptEncoder`);
  if (!real) {
    needed.push(...madeBy(trial).flatMap((name) => [`${name}/autoencoder`, `${name}/diffusion`]));
  }
  const missing = needed.find((part) => lab.digests[part] === undefined);
  if (missing !== undefined) return `${missing} is not trained`;
  const apart = [...trial.to, ...follow].find((name) => !lab.joined.includes(name));
  return follow.length > 0 && apart !== undefined ? "environment not trained" : undefined;
}

/** The stored pieces of a trial, and what they take. */
export interface TrialPiece {
  readonly kind: "samples";
  readonly options: unknown;
  readonly seconds: number;
  readonly asked: readonly Asked[];
  /** The trial that it belongs to, without what means nothing to it. */
  readonly trial: Trial & Settings;
}

/**
 * The pieces of a trial; a trial with fewer samples has the first ones of each seed. Outputs that know
 * nothing of each other have pieces of their own, which trials of one output alone share with them.
 *
 * @param lab What it works with.
 * @param trial The trial.
 * @returns The pieces.
 */
export function piecesOf(lab: Lab, trial: Trial): TrialPiece[] {
  return separated(completed(lab, trial)).flatMap((how) => {
    const { seeds: _seeds, count: _count, first: _first, inputs: _inputs, ...settled } = how;
    const sorted = Object.entries(settled).sort(([a], [b]) => a < b ? -1 : 1);
    const options = { ...Object.fromEntries(sorted), digests: digestsFor(lab, how) };
    const each = secondsOf(how, lab.settings, joinedAll(lab, how));
    return askedOf(how).flatMap((asked) =>
      Array.from({ length: Math.ceil(asked.length / PIECE) }, (_, i) => {
        const piece = asked.slice(i * PIECE, (i + 1) * PIECE);
        return {
          kind: "samples" as const,
          options: { ...options, asked: piece },
          seconds: each * piece.length,
          asked: piece,
          trial: how,
        };
      })
    );
  });
}

/**
 * Generates and reads pieces that are not in the run folder yet, as many at a time as the crew has labs.
 * Once the time is over, no more of them is begun.
 *
 * @param crew The labs.
 * @param pieces The pieces, each a different one.
 * @param advance Told of each piece: about how many seconds it was thought to take.
 * @throws What the first piece fails with, once all that were begun are over.
 */
export async function measurePieces(
  crew: readonly Lab[],
  pieces: readonly TrialPiece[],
  advance: (seconds: number) => void = () => {},
): Promise<void> {
  const queue = pieces.values(); // of all: who is free takes the next
  let failed = false;
  const measureAll = async (lab: Lab) => {
    for (const { asked, trial, ...piece } of queue) {
      if (failed) return;
      try {
        lab.signal.throwIfAborted();
        await lab.pieces.measure({ ...piece, run: () => sample(lab, trial, asked) });
      } catch (error) {
        if (error instanceof TimeOverError) return;
        failed = true;
        throw error;
      }
      advance(piece.seconds);
    }
  };
  const ended = await Promise.allSettled(crew.map(measureAll));
  const failure = ended.find(({ status }) => status === "rejected");
  if (failure?.status === "rejected") throw failure.reason;
}

/** What {@linkcode runTrial} has of a trial. */
interface TrialSamples {
  /** What was read of each sample of which all outputs are there. */
  readonly samples: readonly Sampled[];
  /** Whether these are all. */
  readonly whole: boolean;
}

/**
 * Takes the samples of a trial from the run folder, or generates and reads them. Once the time is over,
 * only what was measured before is taken.
 *
 * @param lab What it works with.
 * @param trial The trial.
 * @param seed Whose samples.
 * @returns The samples there are.
 */
export async function runTrial(
  lab: Lab,
  trial: Trial,
  seed: number,
): Promise<TrialSamples> {
  const all = new Map<number, Sampled>();
  let whole = true;
  for (const { asked, trial: how, ...piece } of piecesOf(lab, trial)) {
    if (asked[0]!.seed !== seed) continue;
    lab.signal.throwIfAborted();
    let made: readonly Sampled[];
    try {
      made = await lab.pieces.measure({ ...piece, run: () => sample(lab, how, asked) });
    } catch (error) {
      if (!(error instanceof TimeOverError)) throw error;
      whole = false;
      continue;
    }
    for (const one of made) {
      // Outputs that were made apart come together again.
      all.set(one.index, { ...one, seen: { ...all.get(one.index)?.seen, ...one.seen } });
    }
  }
  const samples = [...all.values()].filter(({ seen }) => trial.to.every((name) => seen[name]));
  return { samples, whole };
}

/** A trial whose outputs do not know of each other, as one for each of them. */
function separated(how: Trial & Settings): (Trial & Settings)[] {
  const { to, via = [], follow = [], keep, environment, real = false } = how;
  const apart = real || (environment === 0 && follow.length === 0 && keep === undefined);
  const split = to.length > 1 && via.length === 0 && apart;
  return (split ? to.map((name) => ({ ...how, to: [name] })) : [how]).map(plain);
}

/** A trial without what means nothing to it, so that it equals others that differ in that alone. */
function plain(how: Trial & Settings): Trial & Settings {
  const { mention, sampler, steps, guidance, mixing, environment, candidates, ...rest } = how;
  const { inputs, to, real = false, follow = [] } = how;
  const said = [...inputs.flat(), ...follow, ...(real ? to : [])].includes("text");
  const settings = { sampler, steps, guidance, mixing, environment };
  const used = Object.entries(settings).filter(([name, value]) =>
    value !== undefined && !real && (name !== "mixing" || inputs.some(({ length }) => length > 1))
  );
  return {
    ...rest,
    ...(said && mention !== undefined ? { mention } : {}),
    ...Object.fromEntries(used),
    ...(candidates === 1 || real ? {} : { candidates }),
  } as Trial & Settings;
}

/** A trial with all that it leaves open. Apart and joint are one where there is no environment. */
function completed(lab: Lab, trial: Trial): Trial & Settings {
  const { environment, hearing, ahead, shift, candidates = lab.settings.candidates ?? 1, ...rest } =
    trial;
  const open = Object.entries(lab.settings).filter(([, value]) => value !== undefined);
  const connected = joinedAll(lab, trial) && environment !== 0;
  return {
    ...(Object.fromEntries(open) as unknown as Settings),
    ...rest,
    mention: mentionOfTrial(trial),
    candidates: candidates === "shipped" ? shippedCandidates(lab, trial) : candidates,
    ...(!connected ? { environment: 0 } : environment === undefined ? {} : { environment }),
    ...(!connected || hearing === undefined ? {} : { hearing }),
    ...(!connected || ahead === undefined ? {} : { ahead }),
    ...(!connected || shift === undefined ? {} : { shift }),
  };
}

/** How many candidates a trial's samples have where nothing else is said. */
export function shippedCandidates(lab: Lab, trial: Trial): number {
  const { inputs, to, follow = [], environment } = trial;
  const told = lab.settings.candidates;
  if (typeof told === "number") return told;
  const prompted = inputs.some((from) => from.length > 0);
  if (to.length + follow.length > 1) {
    const together = joinedAll(lab, trial) && environment !== 0;
    return together && !prompted && follow.length === 0 ? CANDIDATES_FROM_NOTHING : 1;
  }
  return prompted ? findModality(lab.modalities, to[0]!).diffusion?.candidates ?? 1 : 1;
}

/** Whether a trial's samples can know of each other. */
function joinedAll(lab: Lab, { to, follow = [] }: Trial): boolean {
  const names = [...to, ...follow];
  return names.length > 1 && names.every((name) => lab.joined.includes(name));
}

/** The digests of the weights that a trial hangs on. */
function digestsFor(lab: Lab, trial: Trial): Record<string, string> {
  const { inputs, follow = [], environment } = trial;
  const made = new Set([...madeBy(trial), ...follow]);
  const prompting = new Set(inputs.flat());
  return Object.fromEntries(
    Object.entries(lab.digests).filter(([path]) => {
      const [name, part] = path.split("/") as [string, string];
      if (part === "promptEncoder") return made.has(name) || prompting.has(name);
      if (trial.real) return false;
      return made.has(name) && (part !== "environment" || environment !== 0);
    }),
  );
}

async function sample(
  lab: Lab,
  trial: Trial & Settings,
  asked: readonly Asked[],
): Promise<Sampled[]> {
  const { split = "held-out" } = trial;
  const seen: Record<string, SeenSample>[] = asked.map(() => ({}));
  const keep = async (outputs: readonly Samples[], names: readonly string[]) => {
    for (const name of names) {
      const read = await readAll(lab, name, outputs.map((output) => output[name]));
      read.forEach((one, i) => seen[i]![name] = one);
    }
  };
  if (trial.real) {
    const samples = await Promise.all(asked.map(async ({ index }) => {
      const one = sceneOf({ split, index });
      const entries = trial.to.map(async (name) => [name, await realSample(lab, trial, name, one)]);
      return Object.fromEntries(await Promise.all(entries)) as Samples;
    }));
    await keep(samples, trial.to);
  } else {
    let prompts = await Promise.all(asked.map((one) => promptsOf(lab, trial, one)));
    for (const name of trial.via ?? []) {
      const made = await generateApart(lab, trial, [name], asked, prompts);
      await keep(made, [name]);
      const modality = findModality(lab.modalities, name);
      prompts = made.map((output) => [modality.prompt(output[name])]);
    }
    await keep(await generateApart(lab, trial, trial.to, asked, prompts, trial), trial.to);
  }
  return asked.map((one, i) => ({ ...one, split, seen: seen[i]! }));
}

/** Generates samples, a few at a time. */
export async function generateApart(
  lab: Lab,
  trial: Trial & Settings,
  to: readonly string[],
  asked: readonly Asked[],
  prompts: readonly (readonly Prompt[])[],
  given: Pick<Trial, "follow" | "keep"> = {},
): Promise<Samples[]> {
  const {
    sampler,
    steps,
    guidance,
    mixing,
    environment,
    hearing,
    ahead,
    shift,
    candidates,
    split = "held-out",
  } = trial;
  const { follow = [], keep = {} } = given;
  const real = async (name: string, { index }: Asked) =>
    await realSample(lab, trial, name, sceneOf({ split, index }));
  const codi = await lab.codi();
  // What is followed or kept is one for a whole request.
  const alone = follow.length > 0 || Object.keys(keep).length > 0;
  const size = alone ? 1 : Math.min(...to.map((name) => BATCH[name] ?? PIECE));
  const outputs: Samples[] = [];
  for (let first = 0; first < asked.length; first += size) {
    lab.signal.throwIfAborted();
    const some = asked.slice(first, first + size);
    const request = {
      prompts: [],
      samples: some.map(({ seed, index }, i) => ({
        prompts: prompts[first + i]!,
        seed,
        number: index,
      })),
      to,
      sampler,
      steps,
      candidates: typeof candidates === "number" ? candidates : 1,
      ...(guidance === undefined ? {} : { guidance }),
      ...(mixing === undefined ? {} : { mixing }),
      ...(environment === undefined ? {} : { environment }),
      ...(hearing === undefined ? {} : { hearing }),
      ...(ahead === undefined ? {} : { ahead }),
      ...(shift === undefined ? {} : { shift }),
      ...(alone
        ? {
          follow: await fromEntries(follow, async (name) => await real(name, some[0]!)),
          keep: await fromEntries(Object.keys(keep), async (name) => ({
            sample: await real(name, some[0]!),
            region: keep[name]!,
          })),
        }
        : {}),
    };
    outputs.push(...await codi.generateBatch(request));
  }
  return outputs;
}

/** An object of names and what is found for each. */
async function fromEntries<T>(
  names: readonly string[],
  find: (name: string) => Promise<T>,
): Promise<Record<string, T>> {
  const entries = names.map(async (name) => [name, await find(name)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** The prompts of a scene: its caption, or the sample itself in another modality. */
export async function promptsOf(
  lab: Lab,
  trial: Trial,
  { from, index }: Asked,
): Promise<Prompt[]> {
  const one = sceneOf({ split: trial.split ?? "held-out", index });
  let sentence = 0;
  return await Promise.all(from.map(async (name) => {
    const modality = findModality(lab.modalities, name);
    const mention = name === lab.text.name ? trial.mentions?.[sentence++] : undefined;
    const how = mention === undefined ? trial : { ...trial, mention };
    return modality.prompt(await realSample(lab, how, name, one));
  }));
}

async function realSample(
  lab: Lab,
  trial: Trial,
  name: string,
  scene: ReturnType<typeof sceneOf>,
): Promise<unknown> {
  return name === lab.text.name
    ? wordsOf(scene, mentionOfTrial(trial), trial.wording)
    : await lab.sample(name, scene, trial.bank);
}

async function readAll(
  lab: Lab,
  name: string,
  samples: readonly unknown[],
): Promise<SeenSample[]> {
  const judge = await lab.judge(name);
  const read = await judge.read(samples);
  const embeddings = await lab.embed(name, samples);
  return read.map((seen, i) => ({ ...seen, embedding: pack(embeddings[i]!) }));
}
