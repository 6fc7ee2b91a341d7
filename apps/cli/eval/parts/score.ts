import { missingRows } from "../figures.ts";
import type { Part, PartReport, Scale } from "../part.ts";
import { expect, type PromptRow, row, toText, unpaired } from "../prompt_rows.ts";
import type { Row } from "../row.ts";
import type { Trial } from "../trial.ts";
import { rhythmRows } from "./joint_rhythm.ts";
import { type JointRow, jointTrials, SCENES_OF_A_ROW } from "./joint_rows.ts";
import { promptFigures, promptTrials } from "./prompts.ts";

/** Scores from every prompt, and everything from scores. Training had the pair with text alone. */
const PROMPTED: readonly PromptRow[] = [
  row("text", "score", {
    thing: expect(80, 92),
    count: expect(70, 90),
    contour: expect(70, 90),
    register: expect(70, 90),
  }),
  row("audio", "score", unpaired),
  row("image", "score", unpaired),
  row("video", "score", unpaired),
  row("score", "text", { ...toText, thing: unpaired.thing }),
  row("score", "audio", unpaired),
  row("score", "image", unpaired),
  row("score", "video", unpaired),
];

/** A caption that names thing and number makes a score and something in time with it. */
const together = (
  partner: string,
  place: number,
  note: string,
  cause: string,
): JointRow => ({
  name: `text (thing, count) → score + ${partner} (${note})`,
  from: ["text"],
  mention: ["thing", "count"],
  to: ["score", partner],
  first: place * SCENES_OF_A_ROW,
  agree: "slots",
  expected: { first: 0.6, goal: 0.9 },
  cause,
});

const JOINT: readonly JointRow[] = [
  together("audio", 4, "trained together", "the environment stage was short"),
  together(
    "video",
    5,
    "never paired",
    "scores and clips never met: what each says of time, the other has learnt from sounds and captions",
  ),
];

const countOfTogether = ({ of }: Scale): number => of(48, 4);

/** The modality of `examples/score`: by itself, from and to all others, and beside them. */
export const score: Part = {
  name: "score",
  title: "A fifth modality, added from outside",
  about:
    "Scores are what is played, when and how high, added to the program by `examples/score`. " +
    "They were paired with captions, and beside captions and sounds; every other pair here never met " +
    "in any training. They are read without a network, so real ones are read right by construction. " +
    "`apart`, `chained`, `shuffled` and `gain` are those of outputs made together. What is made by " +
    "itself tries as many beginnings as shipped.",
  guest: "score",
  trials: (scale): Record<string, Trial> => ({
    ...promptTrials(PROMPTED, scale, "shipped"),
    ...Object.fromEntries(
      Object.entries(jointTrials(JOINT, scale))
        .map(([name, trial]) => [name, { ...trial, count: countOfTogether(scale) }]),
    ),
  }),
  report: (found): PartReport => {
    const { samples, missing } = found;
    const counts: Record<string, unknown> = {};
    const rows: Row[] = promptFigures(PROMPTED, found, counts);
    for (const one of JOINT) {
      const variant = (name: string) => samples[`${one.name}, ${name}`];
      const made = variant("joint");
      if (made === undefined) continue;
      const others = ["apart", "chained", "real"].map((name) => [name, variant(name)] as const);
      rows.push(...rhythmRows(one, made, Object.fromEntries(others), found, counts));
    }
    const open = Object.entries(missing).filter(([name]) => !name.startsWith("real>"));
    // One line is enough of a modality that is not there: every row takes it.
    const absent = open.find(([, why]) => why === "score is not installed");
    const others = missingRows(absent ? { score: absent[1] } : Object.fromEntries(open));
    return { rows: [...rows, ...others], counts };
  },
};
