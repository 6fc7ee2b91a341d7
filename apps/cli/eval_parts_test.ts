import { assert, assertEquals } from "@std/assert";
import { SHOWN_FACTORS } from "@codi/band";
import { random } from "@codi/core/random";
import { PARTS } from "./eval/all_parts.ts";
import { pack } from "./eval/packed.ts";
import type { Found, Part, Scale } from "./eval/part.ts";
import type { EvaluatedPart } from "./eval/report/evaluation.ts";
import { evaluationMarkdown } from "./eval/report/markdown.ts";
import {
  askedOf,
  madeBy,
  type Sampled,
  sceneOf,
  type SeenSample,
  type Trial,
} from "./eval/trial.ts";
import { wordsOf } from "./eval/wordings.ts";

/** What a perfect output shows of a scene, its features drawn from a normal distribution. */
function perfect(name: string, one: Pick<Sampled, "split" | "index">): SeenSample {
  const scene = sceneOf(one);
  const values = (label: string, width: number) => {
    const all = new Float32Array(width);
    random("parts test", label, name, one.index).fillNormal(all);
    return pack(all);
  };
  const shown = Object.fromEntries(SHOWN_FACTORS[name]!.map((factor) => [factor, scene[factor]]));
  return {
    ...shown,
    ...(name === "image" || name === "video" ? { style: scene.style } : {}),
    ...(name === "audio" || name === "video" ? { slots: scene.rhythm, peaks: scene.rhythm } : {}),
    ...(name === "score" ? { slots: scene.rhythm } : {}),
    ...(name === "text" ? { parses: true, text: wordsOf(scene, SHOWN_FACTORS[name]!) } : {}),
    features: values("features", 4),
    embedding: values("embedding", 8),
  };
}

function samplesOf(trial: Trial): Sampled[] {
  const { split = "held-out" } = trial;
  return askedOf(trial).flat().map((one) => ({
    ...one,
    split,
    seen: Object.fromEntries(
      madeBy(trial).map((name) => [name, perfect(name, { split, index: one.index })]),
    ),
  }));
}

/** What a part says of perfect samples of the trials whose names are chosen. */
function reportOf(part: Part, scale: Scale, chosen: (name: string) => boolean): EvaluatedPart {
  const trials = Object.entries(part.trials!(scale)).filter(([name]) => chosen(name));
  const found: Found = {
    samples: Object.fromEntries(trials.map(([name, trial]) => [name, samplesOf(trial)])),
    missing: {},
    measured: {},
    joined: ["text", "image", "audio", "video", "score"],
    scale,
  };
  const { title, about } = part;
  return { title, about, ...part.report(found) };
}

const withTrials = PARTS.filter(({ trials }) => trials !== undefined);
const few: Scale = { quick: true, seeds: 1, share: 1, count: undefined, of: (_, few) => few };
const more: Scale = { quick: false, seeds: 2, share: 1, count: 8, of: (full) => Math.min(full, 8) };

function textOf(parts: Readonly<Record<string, EvaluatedPart>>): string {
  const about = {
    dataset: "band",
    plugins: {},
    quick: true,
    share: 1,
    settings: {},
    environment: [],
    weights: {},
  };
  return evaluationMarkdown({ about, parts: JSON.parse(JSON.stringify(parts)) });
}

Deno.test("parts find perfect samples perfect, whether few or many, and say nothing strange", () => {
  for (const scale of [few, more]) {
    const parts = Object.fromEntries(
      withTrials.map((part) => [part.name, reportOf(part, scale, () => true)]),
    );
    const text = textOf(parts);
    for (const strange of ["NaN", "undefined", "Infinity", "[object"]) {
      const at = text.indexOf(strange);
      assertEquals(at, -1, text.slice(Math.max(0, at - 200), at + 50));
    }
    for (const [name, { rows = [] }] of Object.entries(parts)) {
      assert(rows.length > 0, name);
      assertEquals(rows.filter(({ verdict }) => verdict === "missed"), [], name);
    }
    const row = (start: string) =>
      parts["joint"]!.rows!.find(({ name }) => name.startsWith(start))!.value;
    assert(row("text (thing, count) → audio + video: rhythm").startsWith("1.00 (1.00–1.00)"));
    const { rows: scores = [] } = parts["score"]!;
    const expected = scores.filter(({ verdict }) => verdict === "goal met")
      .map(({ name }) => name);
    for (
      const name of [
        "text → score: thing",
        "audio → score: thing",
        "score → audio: thing",
        "text (thing, count) → score + video (never paired): rhythm, F1 of exact slots",
      ]
    ) {
      assert(expected.includes(name), `${name} in ${expected}`);
    }
    assert(row("thing right: points lost").startsWith("0.0 (0.0–0.0) of"));
  }
});

Deno.test("parts report what there is when trials are missing", () => {
  for (const part of withTrials) {
    const names = Object.keys(part.trials!(few));
    for (const chosen of [names.slice(0, 1), names.filter((_, i) => i % 2 === 1), []]) {
      const report = reportOf(part, few, (name) => chosen.includes(name));
      assertEquals(textOf({ one: report }).includes("NaN"), false, `${part.name}: ${chosen}`);
    }
  }
});

Deno.test("styles that are measured in part are compared with the same scenes' real ones", () => {
  const joint = PARTS.find(({ name }) => name === "joint")!;
  const scale: Scale = { ...more, of: () => 96 };
  const trials = Object.entries(joint.trials!(scale))
    .filter(([name]) => name.includes("→ image + video"));
  const samples = Object.fromEntries(
    trials.map(([name, trial]) => [name, samplesOf(trial)] as const)
      .map(([name, all]) => [name, name.endsWith(", real") ? all : all.slice(0, all.length / 4)]),
  );
  const joined = ["text", "image", "audio", "video", "score"];
  const { rows } = joint.report({ samples, missing: {}, measured: {}, joined, scale });
  const row = rows.find(({ name }) =>
    name.startsWith("text ") && name.includes("entropy of styles")
  );
  assert(row!.value.startsWith("100.0 (100.0–100.0)"), row!.value);
});
