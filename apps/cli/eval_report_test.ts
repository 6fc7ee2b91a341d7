import { assert, assertEquals } from "@std/assert";
import type { Evaluation } from "./eval/report/evaluation.ts";
import { evaluationMarkdown } from "./eval/report/markdown.ts";
import { evaluationPage } from "./eval/report/page.ts";
import { judged } from "./eval/figures.ts";

const docs = (name: string) => Deno.readTextFile(new URL(`../../docs/${name}`, import.meta.url));

const EVALUATION: Evaluation = {
  about: {
    dataset: "band",
    plugins: { text: "0.1.0" },
    quick: true,
    share: 1,
    settings: { steps: 25 },
    environment: [],
    weights: { "text/promptEncoder": "0123456789abcdef0123" },
  },
  parts: {
    one: {
      title: "One",
      about: "About <one>.",
      rows: [
        { name: "met", value: "90 %", ...judged(0.9, { first: 0.8, goal: 0.95 }) },
        { name: "a|b", value: "3 %", ...judged(0.03, { first: 0.8, goal: 1 }, { cause: "noise" }) },
      ],
      tables: [{ title: "T", columns: ["x", "y"], rows: [["1", "<b>"]] }],
      counts: {},
    },
    two: { title: "Two", about: "About two.", pending: "the minutes were over" },
  },
};

Deno.test("docs/evaluation.md is the rendering of docs/evaluation.json", async () => {
  const evaluation: Evaluation = JSON.parse(await docs("evaluation.json"));
  assert(Object.keys(evaluation.parts).length > 0);
  assertEquals(await docs("evaluation.md"), evaluationMarkdown(evaluation));
});

Deno.test("evaluationMarkdown() says what is missed, why, and what is not measured", () => {
  const text = evaluationMarkdown(EVALUATION);
  const has = (part: string) => assert(text.includes(part), `${part} in ${text}`);
  has("Of 2 expectations, 0 goals are met, 1 first expectation is met and 1 is missed.");
  has("| a\\|b | 3 % | ≥ 80 % | noise |");
  has("| met | 90 % | ≥ 80 %; ≥ 95 % | first met |");
  has("| a\\|b | 3 % | ≥ 80 %; ≥ 100 % | **missed** |");
  has("**Environment not trained**");
  has("Not measured yet: the minutes were over.");
  const part = evaluationMarkdown({
    ...EVALUATION,
    about: { ...EVALUATION.about, quick: false, share: 0.2 },
  });
  assert(part.includes("- steps 25; 20 % of a whole evaluation's samples."), part);
  has("**T**\n\n| x | y |\n| --- | --- |\n| 1 | <b> |");
});

Deno.test("evaluationPage() shows samples from data alone, and no markup of theirs", () => {
  const page = evaluationPage({ ...EVALUATION, parts: { gallery: EVALUATION.parts["one"]! } }, {
    "image + audio": {
      prompts: ["<script>"],
      sentences: [],
      sheet: "c2hlZXQ=",
      files: [[
        { modality: "image", mediaType: "image/png", base64: "cG5n" },
        { modality: "audio", mediaType: "audio/ogg", base64: "b2dn" },
      ]],
    },
  });
  assert(page.includes('src="data:image/png;base64,cG5n"'), page);
  assert(page.includes('<audio controls preload="metadata" src="data:audio/ogg;base64,b2dn">'));
  assert(page.includes("&lt;script&gt;") && !page.includes("<script>") && !page.includes("<b>"));
});

/** Elements that have no end. */
const VOID = new Set(["meta", "img", "br"]);

/** The elements that are open where a document's tags do not match; none if they do. */
function unbalanced(page: string): string[] {
  const open: string[] = [];
  for (const [, end, name] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)(?:\s[^<>]*)?>/g)) {
    if (VOID.has(name!)) continue;
    if (end === "") open.push(name!);
    else if (open.pop() !== name) return [...open, `</${name}>`];
  }
  return open;
}

Deno.test("evaluationPage() is well formed and needs nothing but itself", () => {
  assertEquals([unbalanced("<p>a<b>c</b></p>"), unbalanced("<p><b></p>")], [[], ["p", "</p>"]]);
  const row = { prompts: ["a & b"], sentences: ["c"], sheet: "c2hlZXQ=", files: [] };
  const media = ["image", "audio", "video"].map((modality) => ({
    modality,
    mediaType: `${modality}/x`,
    base64: "AA==",
  }));
  const parts = { ...EVALUATION.parts, gallery: EVALUATION.parts["one"]! };
  const page = evaluationPage({ ...EVALUATION, parts }, {
    text: row,
    "image + audio": { ...row, files: [media] },
  });
  assertEquals(unbalanced(page), []);
  assertEquals(/\s(src|href)=(?!"(data:|#))|url\(|<link|<script|@import/.exec(page), null);
  for (const [, target] of page.matchAll(/href="#([^"]*)"/g)) {
    assert(page.includes(`id="${target}"`), target);
  }
  assertEquals(page.match(/&(?!amp;|lt;|gt;|quot;)/g), null, "every & is written as one");
  assert(page.includes("What is missed") && page.includes("<small>noise</small>"));
});

Deno.test("judged() compares with what is expected, from below and above", () => {
  const expected = { first: 3, goal: 1 };
  const lower = (value: number) => judged(value, expected, { lower: true, cause: "x" });
  assertEquals([lower(0.5), lower(2), lower(4)].map(({ verdict }) => verdict), [
    "goal met",
    "first met",
    "missed",
  ]);
  assertEquals([lower(2).cause, lower(4).cause], [undefined, "x"]);
  assertEquals(judged(NaN, expected), {}, "nothing is said of nothing");
  const causeOf = (value: number, low: number, ceiling?: number) =>
    judged(value, { first: 0.8, goal: 0.9 }, {
      cause: "x",
      interval: { low: 0, high: low },
      ceiling,
    }).cause;
  assertEquals(causeOf(0.7, 0.75), "x");
  assertEquals(causeOf(0.7, 0.85), "within the interval, so it may be chance; x");
  assertEquals(causeOf(0.7, 0.75, 0.7), "the reader finds no more in real samples; x");
});
