/**
 * Measures the modality "score" beside the others: every direction by readers that know nothing of the
 * networks, on scenes of the band that no training saw.
 *
 * ```sh
 * deno run --allow-read --allow-ffi --allow-env examples/score/evaluate.ts [--count 48] [ROW…]
 * ```
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "node:util";
import { audio } from "@codi/audio";
import {
  captionWithFactors,
  type Contour,
  type FactorName,
  openArt,
  parseCaption,
  registerOfKeys,
  type Scene,
  scene,
  sceneDrawer,
  SHOWN_FACTORS,
  THINGS,
} from "@codi/band";
import { openAudioReader, openImageReader, openVideoReader, slotF1 } from "@codi/band/readers";
import { type Codi, load } from "@codi/core";
import type { AnyModality } from "@codi/core/modality";
import { openDevice } from "@codi/core/runtime";
import type { Tensor } from "@codi/core/tensor";
import { image } from "@codi/image";
import { text } from "@codi/text";
import { video } from "@codi/video";
import { type Score, score } from "./mod.ts";

/** What a reader finds in a sample. */
interface Seen extends Partial<Record<FactorName, unknown>> {
  readonly slots?: readonly number[];
}

const MODALITIES: readonly AnyModality[] = [text, image, audio, video, score];
/** The rows, as `from>to`; `a+b` are made together from a caption that names the thing alone. */
const ROWS = [
  "text>score",
  "audio>score",
  "score>score",
  "image>score",
  "video>score",
  "score>text",
  "score>audio",
  "score>image",
  "text>score+audio",
  "text>score+video",
];
const BATCH = 16;

const { values, positionals } = parseArgs({
  options: { count: { type: "string", default: "48" }, steps: { type: "string", default: "25" } },
  allowPositionals: true,
});
const count = Number(values.count);
const scenes = Array.from({ length: count }, (_, index) => scene("test", index));
const drawer = sceneDrawer(await openArt());
await using device = openDevice({ threads: 1 });
await using codi: Codi = await load(MODALITIES, { session: { threads: 1 } });

for (const row of positionals.length > 0 ? positionals : ROWS) {
  const [from, outputs] = row.split(">") as [string, string];
  const to = outputs.split("+");
  if (to.length > 1) {
    for (const environment of await isJoined(to) ? [1.5, 0] : [0]) {
      await measureTogether(row, from, to as [string, string], environment);
    }
  } else {
    const made = await generate(from, to, SHOWN_FACTORS[outputs]!);
    const seen = await read(outputs, made.map((one) => one[outputs]));
    const carried = SHOWN_FACTORS[outputs]!.filter((name) => SHOWN_FACTORS[from]!.includes(name));
    console.log(`${row}  ${carried.map((factor) => shareOf(factor, seen, scenes)).join("  ")}`);
  }
}

/** Whether all of some modalities have environment weights. */
async function isJoined(names: readonly string[]): Promise<boolean> {
  const files = MODALITIES.filter(({ name }) => names.includes(name))
    .map(({ weights }) => weights.environment);
  const found = await Promise.all(files.map(async (url) => {
    if (url === undefined) return false;
    try {
      return (await Deno.stat(url)).isFile;
    } catch {
      return false;
    }
  }));
  return found.every((one) => one);
}

/** Samples of the scenes; a caption mentions some factors. */
async function generate(
  from: string,
  to: readonly string[],
  mention: readonly FactorName[],
  environment?: number,
): Promise<Record<string, unknown>[]> {
  const { prompt } = MODALITIES.find(({ name }) => name === from)!;
  const made: Record<string, unknown>[] = [];
  for (let first = 0; first < count; first += BATCH) {
    const samples = await Promise.all(
      scenes.slice(first, first + BATCH).map(async (one, index) => ({
        number: first + index,
        prompts: [prompt(
          from === "text"
            ? captionWithFactors(one, { mention }).text
            : await drawer.draw(from, one),
        )],
      })),
    );
    made.push(
      ...await codi.generateBatch({
        prompts: [],
        to,
        samples,
        steps: Number(values.steps),
        seed: 1,
        ...(environment === undefined ? {} : { environment }),
      }),
    );
  }
  return made;
}

/** Two outputs made together: do they show the same thing, and do they move at the same time? */
async function measureTogether(
  row: string,
  from: string,
  to: [string, string],
  environment: number,
): Promise<void> {
  const made = await generate(from, to, ["thing"], environment);
  const [a, b] = await Promise.all(
    to.map((name) => read(name, made.map((one) => one[name]))),
  ) as [Seen[], Seen[]];
  const same = (factor: FactorName) => {
    const right = a.filter((one, i) => one[factor] === b[i]![factor]).length;
    return `same ${factor} ${(100 * right / count).toFixed(0)} %`;
  };
  const slots = (seen: readonly Seen[]) => seen.map((one) => one.slots ?? []);
  const { f1 } = slotF1(slots(a), slots(b));
  const shuffled = slotF1(slots(a), slots([...b.slice(1), b[0]!])).f1;
  console.log(
    `${row} environment ${environment}  ${same("thing")}  ${same("count")}  slots F1 ${
      f1.toFixed(2)
    } (of others ${shuffled.toFixed(2)})`,
  );
}

/** How often a factor is right, of the scenes that have it. */
function shareOf(factor: FactorName, seen: readonly Seen[], truth: readonly Scene[]): string {
  const having = truth.flatMap((one, i) => one[factor] === undefined ? [] : [i]);
  const right = having.filter((i) => seen[i]![factor] === truth[i]![factor]).length;
  return `${factor} ${(100 * right / having.length).toFixed(0)} % of ${having.length}`;
}

async function read(name: string, samples: readonly unknown[]): Promise<Seen[]> {
  switch (name) {
    case "score":
      return (samples as Score[]).map(readScore);
    case "text":
      return (samples as string[]).map((sentence) => ({ ...parseCaption(sentence) }));
    case "audio": {
      await using reader = await openAudioReader({ device });
      return (await reader.read(samples as Tensor[])).map((seen) => ({ ...seen }));
    }
    case "video": {
      await using reader = await openVideoReader({ device });
      return (await reader.read(samples as Tensor[])).map((seen) => ({ ...seen }));
    }
    default: {
      await using reader = await openImageReader({ device });
      const readings = await Promise.all(
        (samples as Tensor[]).map(async ({ shape, data }) =>
          (await reader.read({ shape: [1, ...shape], data }))[0]!
        ),
      );
      return readings.map(({ thing }) => ({ thing }));
    }
  }
}

/** A score needs no network to be read. */
function readScore({ thing, strokes }: Score): Seen {
  const found = THINGS.find(({ name }) => name === thing)!;
  const pitches = strokes.map(({ pitch }) => pitch);
  return {
    thing,
    count: strokes.length,
    contour: found.pitched ? contourOf(pitches) : undefined,
    register: found.pitched ? registerOfKeys(found.name, pitches) : undefined,
    slots: strokes.map(({ slot }) => slot),
  };
}

function contourOf(pitches: readonly number[]): Contour | undefined {
  const steps = pitches.slice(1).map((pitch, i) => Math.sign(pitch - pitches[i]!));
  const [first] = steps;
  if (first === undefined || steps.some((step) => step !== first)) return undefined;
  return first > 0 ? "rising" : first < 0 ? "falling" : "steady";
}
