import type { GalleryFile, GalleryRow } from "../parts/gallery.ts";
import type { Row, Table } from "../row.ts";
import { amountText, type Evaluation } from "./evaluation.ts";

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --good: #2a8a4a; --fair: #a07a10; --bad: #c03a2a }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 0 auto; padding: 1rem 1.25rem 4rem }
h1, h2 { line-height: 1.2 } h2 { margin-top: 2.5rem }
nav a { margin-right: .9rem; white-space: nowrap }
.scroll { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13.5px }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .6rem; text-align: left; vertical-align: top }
.matrix td { text-align: center }
.goal { color: var(--good) } .first { color: var(--fair) } .missed { color: var(--bad); font-weight: 600 }
td small { color: #888; font-weight: normal } td:first-child { min-width: 14rem }
.figures td:nth-child(2), .figures td:nth-child(4) { white-space: nowrap } .figures td:nth-child(3) { min-width: 18rem }
.matrix td:first-child { min-width: 0 }
.samples { display: flex; flex-wrap: wrap; gap: 1rem; margin: .75rem 0 } figure { margin: 0; width: 17rem }
figure img, figure video { width: 132px; height: 132px; image-rendering: pixelated; margin: 0 4px 4px 0 }
figure audio { width: 100%; height: 2.2rem } figcaption { font-size: 13px } .sheet { max-width: 100% }
`;

/**
 * An evaluation as one page that needs nothing else: figures, and samples that can be seen and played.
 *
 * @param evaluation The evaluation.
 * @param gallery The samples, by name.
 * @returns An HTML document.
 */
export function evaluationPage(
  evaluation: Evaluation,
  gallery: Readonly<Record<string, GalleryRow>>,
): string {
  const parts = Object.entries(evaluation.parts);
  const rows = parts.flatMap(([, { rows = [] }]) => rows);
  const missed = rows.filter(({ verdict }) => verdict === "missed");
  const counted = (verdict: Row["verdict"]) => rows.filter((row) => row.verdict === verdict).length;
  const { environment, settings } = evaluation.about;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>CoDi on Deno: evaluation</title><style>${STYLE}</style></head><body>
<h1>CoDi on Deno: evaluation</h1>
<p>${escape(Object.entries(settings).map(([name, value]) => `${name} ${value}`).join(", "))}${
    amountText(evaluation.about)
  }. ${
    environment.length > 0
      ? `Outputs know of each other: ${escape(environment.join(", "))}.`
      : "<strong>Environment not trained</strong>: outputs made together share their prompts alone."
  } Brackets hold 95 % intervals.</p>
<p><span class="goal">${counted("goal met")} goals met</span>, <span class="first">${
    counted("first met")
  } first expectations met</span>, <span class="missed">${missed.length} missed</span>.</p>
<nav>${parts.map(([name, { title }]) => `<a href="#${name}">${escape(title)}</a>`).join(" ")}</nav>
${
    missed.length === 0
      ? ""
      : `<section><h2>What is missed, and the likely cause</h2>${rowTable(missed)}</section>`
  }
${
    parts.map(([name, { title, about, rows = [], tables = [], notes = [], pending }]) =>
      `<section id="${name}"><h2>${escape(title)}</h2><p>${code(about)}</p>${
        pending === undefined ? "" : `<p>Not measured yet: ${escape(pending)}.</p>`
      }${rows.length === 0 ? "" : rowTable(rows)}${
        notes.map((note) => `<p>${escape(note)}.</p>`).join("")
      }${tables.map(tableOf).join("")}${
        name === "gallery" ? Object.entries(gallery).map(samplesOf).join("") : ""
      }</section>`
    ).join("\n")
  }
</body></html>
`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

const code = (text: string): string => escape(text).replace(/`([^`]+)`/g, "<code>$1</code>");

function rowTable(rows: readonly Row[]): string {
  const body = rows.map(({ name, value, beside = {}, expected, verdict, cause }) =>
    `<tr><td>${escape(name)}</td><td>${escape(value)}</td><td>${
      Object.entries(beside).map(([name, value]) => `${escape(name)} ${escape(value)}`).join("; ")
    }</td><td>${expected ? escape(`${expected.first}; ${expected.goal}`) : ""}</td><td class="${
      verdict?.split(" ")[0] ?? ""
    }"${cause === undefined ? "" : ` title="${escape(cause)}"`}>${verdict ?? ""}${
      cause === undefined ? "" : `<br><small>${escape(cause)}</small>`
    }</td></tr>`
  );
  return `<div class="scroll"><table class="figures"><tr><th>figure</th><th>value</th><th>beside it</th>` +
    `<th>expected; goal</th><th></th></tr>${body.join("")}</table></div>`;
}

function tableOf({ title, columns, rows }: Table): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join("")}</tr>`;
  return `<h3>${escape(title)}</h3><div class="scroll"><table${
    columns.length > 8 ? ' class="matrix"' : ""
  }>${line(columns, "th")}${rows.map((row) => line(row, "td")).join("")}</table></div>`;
}

function samplesOf([name, { prompts, sentences, sheet, files }]: [string, GalleryRow]): string {
  const figures = prompts.slice(0, Math.max(files.length, sheet === undefined ? prompts.length : 0))
    .map((prompt, i) =>
      `<figure>${(files[i] ?? []).map(media).join("")}<figcaption>${escape(prompt)}${
        sentences[i] === undefined ? "" : ` → <em>${escape(sentences[i])}</em>`
      }</figcaption></figure>`
    );
  return `<h3>${escape(name)} from text</h3><div class="samples">${figures.join("")}</div>${
    sheet === undefined ? "" : `<details open><summary>All ${prompts.length}, in order</summary>` +
      `<img class="sheet" alt="${escape(name)}" src="data:image/webp;base64,${sheet}"></details>`
  }`;
}

function media({ modality, mediaType, base64 }: GalleryFile): string {
  const source = `data:${mediaType};base64,${base64}`;
  switch (modality) {
    case "image":
      return `<img alt="generated picture" src="${source}">`;
    case "audio":
      return `<audio controls preload="metadata" src="${source}"></audio>`;
    default:
      return `<video controls loop playsinline preload="auto" src="${source}"></video>`;
  }
}
