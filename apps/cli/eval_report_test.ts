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
  assert(page.includes('<audio controls preload="none" src="data:audio/ogg;base64,b2dn">'));
  assert(page.includes("&lt;script&gt;") && !page.includes("<script>") && !page.includes("<b>"));
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
});
