import { fromFileUrl, join } from "@std/path";
import { messageOf } from "../../message.ts";
import { loadObjectives } from "../../objectives.ts";
import { loadPlugins } from "../../plugins/load_plugins.ts";
import { durationText } from "../../progress_line.ts";
import { expectedSeconds } from "../../train/expected_seconds.ts";
import { hasFile } from "../bench.ts";
import { judged } from "../figures.ts";
import type { Lab } from "../lab.ts";
import type { Found, Measure, Part, PartReport } from "../part.ts";
import type { Row, Table } from "../row.ts";
import { medianOf } from "../statistics.ts";

/** A command, and the seconds that are promised for it. */
interface CostRow {
  readonly name: string;
  readonly to: readonly string[];
  readonly first?: number;
}

const SENTENCE = "three rising trumpet notes on a blue background";
const ROWS: readonly CostRow[] = [
  { name: "text → text", to: ["text"], first: 3 },
  { name: "text → image", to: ["image"], first: 4 },
  { name: "text → audio", to: ["audio"], first: 5 },
  { name: "text → video", to: ["video"], first: 15 },
  { name: "text → text + image", to: ["text", "image"] },
  { name: "text → audio + video", to: ["audio", "video"] },
  { name: "text → image + video", to: ["image", "video"] },
  { name: "text → all four", to: ["text", "image", "audio", "video"], first: 25 },
];
const GIGABYTE = 1e9;

/** What one command costs. */
export interface CostFigures {
  /** The seconds of each run after a first one that does not count. */
  readonly seconds: readonly number[];
  /** The most memory any run has held, in bytes. */
  readonly peakBytes: number;
}

/** What generating costs, and how many objectives all combinations take. */
export const cost: Part = {
  name: "cost",
  title: "Cost",
  about:
    "From the start of the process to the files, task runner included, as in the README; the " +
    "median of runs after a first one. Nothing is kept warm between runs but the system's file cache.",
  measures: ({ of, quick }) =>
    Object.fromEntries([
      ...ROWS.filter(({ first }) => !quick || first !== undefined).map((
        { name, to },
      ): [string, Measure] => [name, {
        options: { to, runs: of(3, 1), cores: navigator.hardwareConcurrency },
        weights: ["text/promptEncoder", ...to, ...(to.length > 1 ? ["environment"] : [])],
        seconds: (of(3, 1) + 1) * (to.includes("video") ? 4 : 2),
        run: (lab) => measureCost(lab, to, of(3, 1)),
      }]),
      [WEIGHTS, { options: {}, seconds: 1, run: (lab) => weightBytes(lab) }],
      [OBJECTIVES, { options: {}, seconds: 1, run: () => listObjectives() }],
    ]),
  report: ({ measured }: Found): PartReport => {
    const rows = ROWS.flatMap(({ name, first }): Row[] => {
      const found = measured[name] as CostFigures | undefined;
      if (found === undefined) return [];
      const median = medianOf(found.seconds);
      const expected = first === undefined ? undefined : { first, goal: first };
      return [{
        name,
        value: `${median.toFixed(2)} s`,
        beside: {
          memory: `${(found.peakBytes / GIGABYTE).toFixed(2)} GB`,
          runs: found.seconds.map((one) => one.toFixed(2)).join(", "),
        },
        ...judged(median, expected, {
          lower: true,
          text: (value) => `${value} s`,
          cause: "other work on the machine, or more network runs for each step",
        }),
      }];
    });
    for (const [name, bytes] of Object.entries<number>(measured[WEIGHTS] ?? {})) {
      const expected = { first: PLUGIN_BYTES, goal: PLUGIN_BYTES };
      rows.push({
        name: `${name}: all weights`,
        value: megabytes(bytes),
        ...judged(bytes, expected, { lower: true, text: megabytes, cause: "wider networks" }),
      });
    }
    const objectives = measured[OBJECTIVES] as readonly ObjectiveFigures[] | undefined;
    return {
      rows,
      tables: objectives ? [linearTable(objectives), objectiveTable(objectives)] : [],
      counts: measured,
    };
  },
};

const WEIGHTS = "weights";
/** The most bytes that a plugin's weights may have. */
const PLUGIN_BYTES = 16e6;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** The bytes of all weights of each modality. */
async function weightBytes({ modalities }: Lab): Promise<Record<string, number>> {
  const bytes: Record<string, number> = {};
  for (const { name, weights } of modalities) {
    const files = Object.values(weights).filter((url) => url !== undefined);
    const own = await Promise.all(
      files.map(async (url) => await hasFile(url) ? (await Deno.stat(url)).size : 0),
    );
    bytes[name] = own.reduce((a, b) => a + b, 0);
  }
  return bytes;
}

/** One training objective. */
interface ObjectiveFigures {
  readonly name: string;
  readonly stage: string;
  /** The seconds of the recipe's steps at the speed of the shipped runs; left out if never timed. */
  readonly seconds?: number;
}

const OBJECTIVES = "objectives";

async function listObjectives(): Promise<ObjectiveFigures[]> {
  const { plugins } = await loadPlugins();
  const objectives = await loadObjectives(plugins);
  return objectives.map((objective) => {
    const { name, stage, options } = objective;
    const seconds = expectedSeconds(objective, options.steps);
    return { name, stage, ...(seconds === undefined ? {} : { seconds }) };
  });
}

/** Objectives against combinations: what the method is for. */
function linearTable(objectives: readonly ObjectiveFigures[]): Table {
  const timeOf = (some: readonly ObjectiveFigures[]) => {
    const timed = some.filter(({ seconds }) => seconds !== undefined);
    const total = timed.reduce((sum, { seconds }) => sum + seconds!, 0);
    const rest = some.length - timed.length;
    return `${durationText(total)}${rest > 0 ? `, ${rest} never timed` : ""}`;
  };
  return {
    title: "Training objectives against combinations",
    columns: ["stage", "objectives", "time on two cores", "which"],
    rows: [
      ...[...Map.groupBy(objectives, ({ stage }) => stage)].map(([stage, some]) => [
        stage,
        String(some.length),
        timeOf(some),
        some.map(({ name }) => name).join(", "),
      ]),
      [
        "all",
        String(objectives.length),
        timeOf(objectives),
        "for 15 × 15 = 225 combinations of inputs and outputs",
      ],
    ],
  };
}

/** How long the recipe of each objective takes. */
function objectiveTable(objectives: readonly ObjectiveFigures[]): Table {
  return {
    title: "Time of each objective: the recipe's steps at the speed of the shipped runs",
    columns: ["objective", "stage", "time on two cores"],
    rows: objectives.map(({ name, stage, seconds }) => [
      name,
      stage,
      seconds === undefined ? "never timed" : durationText(seconds),
    ]),
  };
}

async function measureCost(
  { signal, now }: Lab,
  to: readonly string[],
  runs: number,
): Promise<CostFigures> {
  const out = await Deno.makeTempDir({ prefix: "codi-cost-" });
  try {
    const seconds: number[] = [];
    let peakBytes = 0;
    for (let run = 0; run <= runs; run++) {
      const begun = now();
      const { success, stdout, stderr } = await new Deno.Command("deno", {
        args: [
          ...["task", "--quiet", "generate", SENTENCE, "--to", to.join(","), "--seed", "0"],
          ...["--json", "--out", join(out, String(run))],
        ],
        cwd: fromFileUrl(new URL("../../../../", import.meta.url)),
        stdin: "null",
        signal,
      }).output();
      const elapsed = (now() - begun) / 1000;
      signal.throwIfAborted();
      if (!success) {
        // What went wrong stands on the last line.
        const lines = new TextDecoder().decode(stderr).trim().split("\n");
        throw new Error(messageOf(lines.at(-1)));
      }
      const { timing } = JSON.parse(new TextDecoder().decode(stdout));
      // The first run finds nothing in the system's file cache.
      if (run > 0) seconds.push(elapsed);
      peakBytes = Math.max(peakBytes, timing.peakBytes);
    }
    return { seconds, peakBytes };
  } finally {
    await Deno.remove(out, { recursive: true });
  }
}
