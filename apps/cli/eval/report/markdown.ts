import type { Row, Table } from "../row.ts";
import { amountText, type Evaluation } from "./evaluation.ts";

/**
 * The report of an evaluation: a rendering of its JSON, and of nothing else.
 *
 * @param evaluation The evaluation.
 * @returns A Markdown document.
 */
export function evaluationMarkdown(evaluation: Evaluation): string {
  const { about, parts } = evaluation;
  const all = Object.values(parts);
  const rows = all.flatMap(({ rows = [] }) => rows);
  const counted = (verdict: Row["verdict"]) => rows.filter((row) => row.verdict === verdict).length;
  const missed = all.flatMap(({ title, rows = [] }) =>
    rows.filter(({ verdict }) => verdict === "missed").map((row) => ({ title, row }))
  );
  const settings = Object.entries(about.settings).map(([name, value]) => `${name} ${value}`);
  return [
    "# Evaluation",
    "",
    "Written by `deno task eval` from [evaluation.json](evaluation.json), which holds every count; never " +
    "edited by hand. Shares have 95 % score intervals (Wilson), other figures 95 % bootstrap intervals, in " +
    "brackets. `of` is the number of samples.",
    "",
    `- Data set ${about.dataset}, scenes that no training saw; plugins ${
      Object.entries(about.plugins).map(([name, version]) => `${name} ${version}`).join(", ")
    }.`,
    `- ${settings.join(", ")}${amountText(about)}.`,
    ...("candidates" in about.settings
      ? []
      : ["- Of each sample one beginning is tried, unless a part says otherwise."]),
    about.environment.length > 0
      ? `- Outputs know of each other: ${about.environment.join(", ")}.`
      : "- **Environment not trained**: outputs that are made together share their prompts alone, so " +
        "`joint` equals `apart`.",
    `- Of ${counted("goal met") + counted("first met") + counted("missed")} expectations, ${
      counted("goal met")
    } ${plural(counted("goal met"), "goal is", "goals are")} met, ${counted("first met")} first ${
      plural(counted("first met"), "expectation is", "expectations are")
    } met and ${counted("missed")} ${plural(counted("missed"), "is", "are")} missed.`,
    "",
    ...(missed.length === 0 ? [] : [
      "## What is missed, and the likely cause",
      "",
      ...tableLines({
        title: "",
        columns: ["figure", "value", "expected", "likely cause"],
        rows: missed.map(({ row }) => [
          row.name,
          row.value,
          row.expected!.first,
          row.cause ?? "not looked into",
        ]),
      }),
      "",
    ]),
    ...all.flatMap(({ title, about, rows = [], tables = [], notes = [], pending }) => [
      `## ${title}`,
      "",
      about,
      "",
      ...(pending === undefined ? [] : [`Not measured yet: ${pending}.`, ""]),
      ...(rows.length === 0 ? [] : [...rowLines(rows), ""]),
      ...(notes.length === 0 ? [] : [...notes.map((note) => `- ${note}.`), ""]),
      ...tables.flatMap((table) => [`**${table.title}**`, "", ...tableLines(table), ""]),
    ]),
    "## Weights",
    "",
    ...tableLines({
      title: "",
      columns: ["part", "SHA-256"],
      rows: Object.entries(about.weights).map(([part, digest]) => [part, digest.slice(0, 16)]),
    }),
  ].join("\n") + "\n";
}

const plural = (count: number, one: string, many: string): string => count === 1 ? one : many;

function rowLines(rows: readonly Row[]): string[] {
  const promised = rows.some(({ expected }) => expected !== undefined);
  const controlled = rows.some(({ beside }) => Object.keys(beside ?? {}).length > 0);
  return tableLines({
    title: "",
    columns: [
      "figure",
      "value",
      ...(controlled ? ["beside it"] : []),
      ...(promised ? ["expected; goal", ""] : []),
    ],
    rows: rows.map(({ name, value, beside = {}, expected, verdict }) => [
      name,
      value,
      ...(controlled
        ? [Object.entries(beside).map(([name, value]) => `${name} ${value}`).join("; ")]
        : []),
      ...(promised
        ? [
          expected === undefined ? "" : `${expected.first}; ${expected.goal}`,
          verdict === "missed" ? "**missed**" : verdict ?? "",
        ]
        : []),
    ]),
  });
}

function tableLines({ columns, rows }: Table): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.trim().replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)];
}
