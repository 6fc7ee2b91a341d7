import type { FactorName } from "@codi/band";
import type { Expectation } from "./figures.ts";

/** What is prompted with what, and what is expected of the result. */
export interface PromptRow {
  /** For example `text>image`. */
  readonly name: string;
  /** The modalities of the prompts. */
  readonly from: readonly string[];
  /** The modality that is generated. */
  readonly to: string;
  /** The factors that the prompt's sentence mentions; all that the output shows if left out. */
  readonly mention?: readonly FactorName[];
  /** Expected shares, by factor; `parses` for sentences that can be read, `all` for all factors. */
  readonly expected: Readonly<Record<string, Expectation>>;
}

/** Shares that are expected, in per cent. */
export const expect = (first: number, goal: number): Expectation => ({
  first: first / 100,
  goal: goal / 100,
});

/** A row of one prompt. */
export const row = (
  from: string,
  to: string,
  expected: PromptRow["expected"] = {},
): PromptRow => ({ name: `${from}>${to}`, from: [from], to, expected });

/** What is expected of sentences. */
export const toText = { thing: expect(80, 92), parses: expect(95, 99) };
/** What is expected of pairs that never met. */
export const unpaired = { thing: expect(60, 85) };

/** Every combination that is measured: what is trained, what never was paired, and a mix. */
export const PROMPT_ROWS: readonly PromptRow[] = [
  row("text", "image", { thing: expect(85, 95), color: expect(95, 99) }),
  row("text", "audio", {
    thing: expect(80, 92),
    count: expect(70, 90),
    contour: expect(70, 90),
    register: expect(70, 90),
  }),
  row("text", "video", {
    thing: expect(75, 90),
    color: expect(95, 99),
    count: expect(70, 90),
  }),
  row("text", "text"),
  row("image", "text", toText),
  row("audio", "text", toText),
  row("video", "text", toText),
  row("image", "audio", unpaired),
  row("audio", "image", unpaired),
  row("video", "audio", unpaired),
  row("audio", "video", unpaired),
  row("image", "video"),
  row("video", "image"),
  row("image", "image"),
  row("audio", "audio"),
  row("video", "video"),
  {
    name: "text+audio>image",
    from: ["text", "audio"],
    to: "image",
    mention: ["color"],
    expected: { all: expect(60, 85) },
  },
];
