/**
 * Measures the modality "score" beside the others: every direction by readers that know nothing of the
 * networks, on scenes of the band that no training saw.
 *
 * ```sh
 * deno task eval:score [--count 48] [--steps 25] [ROW…]
 * ```
 *
 * Prints two tables: what is right of single outputs, and how far two outputs made together agree.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "node:util";
import { audio } from "@codi/audio";
import {
  captionWithFactors,
  FACTOR_NAMES,
  type FactorName,
  openArt,
  parseCaption,
  type Scene,
  scene,
  sceneDrawer,
  type SceneScore,
  SHOWN_FACTORS,
} from "@codi/band";
import {
  openAudioReader,
  openImageReader,
  openVideoReader,
  readScore,
  slotF1,
} from "@codi/band/readers";
import { type Codi, load } from "@codi/core";
import type { AnyModality } from "@codi/core/modality";
import { openDevice } from "@codi/core/runtime";
import type { Tensor } from "@codi/core/tensor";
import { fileExists } from "@codi/core/weights";
import { image } from "@codi/image";
import { text } from "@codi/text";
import { video } from "@codi/video";
import { score } from "./mod.ts";

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

const HELP = `Usage: deno task eval:score [--count NUMBER] [--steps NUMBER] [ROW…]

Measures the modality "score" beside the others, on scenes of the test split.

Rows, all if none is named; a+b are made together:
  ${ROWS.join("\n  ")}

Options:
  --count NUMBER  scenes (default: 48)
  --steps NUMBER  sampling steps (default: 25)

Example:
  deno task eval:score --count 16 "text>score+video"
`;

const { values, positionals } = readArguments();
if (values.help) {
  console.log(HELP);
  Deno.exit(0);
}
const count = wholeNumber("count", values.count);
const steps = wholeNumber("steps", values.steps);
const rows = positionals.length > 0 ? positionals : ROWS;
for (const row of rows) checkRow(row);
const scenes = Array.from({ length: count }, (_, index) => scene("test", index));
const drawer = sceneDrawer(await openArt());
await using device = openDevice({ threads: 1 });
await using codi: Codi = await load(MODALITIES, { session: { threads: 1 } });

const single = rows.filter((row) => !row.includes("+"));
const together = rows.filter((row) => row.includes("+"));
if (single.length > 0) {
  print("from>to", ...FACTOR_NAMES);
  print(...[0, ...FACTOR_NAMES].map(() => "-"));
}
for (const row of single) {
  const [from, to] = row.split(">") as [string, string];
  const made = await generate(from, [to], SHOWN_FACTORS[to]!);
  const seen = await read(to, made.map((one) => one[to]));
  const carried = SHOWN_FACTORS[to]!.filter((name) => SHOWN_FACTORS[from]!.includes(name));
  print(
    row,
    ...FACTOR_NAMES.map((name) => carried.includes(name) ? shareOf(name, seen, scenes) : "–"),
  );
}
if (together.length > 0) {
  if (single.length > 0) console.log();
  print("from>a+b", "environment", "same thing", "same strokes", "slots F1", "F1 with others'");
  print("-", "-", "-", "-", "-", "-");
}
for (const row of together) {
  const [from, outputs] = row.split(">") as [string, string];
  const to = outputs.split("+") as [string, string];
  const joined = await isJoined(to);
  if (!joined) console.error(`${row}: not trained together, so made without environment`);
  for (const environment of joined ? [undefined, 0] : [0]) {
    await measureTogether(row, from, to, environment);
  }
}

/** What the command line says; ends the program if that is wrong. */
function readArguments() {
  try {
    return parseArgs({
      options: {
        count: { type: "string", default: "48" },
        steps: { type: "string", default: "25" },
        help: { type: "boolean", short: "h", default: false },
      },
      allowPositionals: true,
    });
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    Deno.exit(2);
  }
}

/** A line of a table. */
function print(...cells: readonly string[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}

function wholeNumber(name: string, value: string): number {
  if (!/^[1-9]\d*$/.test(value)) {
    console.error(`Cannot use --${name} "${value}": it is a whole number from 1`);
    Deno.exit(2);
  }
  return Number(value);
}

/** Ends the program if a row does not name modalities. */
function checkRow(row: string): void {
  const names = MODALITIES.map(({ name }) => name);
  const [from, to = "", ...rest] = row.split(">");
  const outputs = to.split("+");
  const known = [from!, ...outputs].every((name) => names.includes(name));
  if (known && rest.length === 0 && outputs.length <= 2) return;
  console.error(
    `Cannot measure "${row}": a row is FROM>TO or FROM>A+B, of ${names.join(", ")}; quote it`,
  );
  Deno.exit(2);
}

/** Whether all of some modalities have environment weights. */
async function isJoined(names: readonly string[]): Promise<boolean> {
  const files = MODALITIES.filter(({ name }) => names.includes(name))
    .map(({ weights }) => weights.environment);
  const found = await Promise.all(
    files.map(async (url) => url !== undefined && await fileExists(url)),
  );
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
        steps,
        seed: 1,
        candidates: 1,
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
  environment: number | undefined,
): Promise<void> {
  const made = await generate(from, to, ["thing"], environment);
  const [a, b] = await Promise.all(
    to.map((name) => read(name, made.map((one) => one[name]))),
  ) as [Seen[], Seen[]];
  const same = (factor: FactorName) => {
    const right = a.filter((one, i) => one[factor] === b[i]![factor]).length;
    return `${(100 * right / count).toFixed(0)} %`;
  };
  const slots = (seen: readonly Seen[]) => seen.map((one) => one.slots ?? []);
  const { f1 } = slotF1(slots(a), slots(b));
  const shuffled = slotF1(slots(a), slots([...b.slice(1), b[0]!])).f1;
  const heard = environment === undefined ? "each one's own" : `${environment}`;
  print(row, heard, same("thing"), same("count"), f1.toFixed(2), shuffled.toFixed(2));
}

/** How often a factor is right, of the scenes that have it. */
function shareOf(factor: FactorName, seen: readonly Seen[], truth: readonly Scene[]): string {
  const having = truth.flatMap((one, i) => one[factor] === undefined ? [] : [i]);
  const right = having.filter((i) => seen[i]![factor] === truth[i]![factor]).length;
  return having.length === 0
    ? "–"
    : `${(100 * right / having.length).toFixed(0)} % of ${having.length}`;
}

async function read(name: string, samples: readonly unknown[]): Promise<Seen[]> {
  switch (name) {
    case "score":
      return (samples as SceneScore[]).map((one) => ({ ...readScore(one) }));
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
      return readings.map((seen) => ({ ...seen }));
    }
  }
}
