import { missingRows } from "../figures.ts";
import type { Found, Part, PartReport } from "../part.ts";
import type { Row } from "../row.ts";
import type { Trial } from "../trial.ts";
import { costRows } from "./joint_cost.ts";
import { followRows, followTrials } from "./followed.ts";
import { FOLLOW_ROWS, JOINT_ROWS, type JointRow, jointTrials } from "./joint_rows.ts";
import { rhythmRows } from "./joint_rhythm.ts";
import { styleRows } from "./joint_style.ts";
import { thingRows } from "./joint_things.ts";

/** Agreement on what no prompt says, with its controls; thing in all outputs; what it costs. */
export const joint: Part = {
  name: "joint",
  title: "Outputs made together",
  about:
    "Do outputs of one denoising loop agree on what no prompt says? `apart` is the same prompt " +
    "and noise without environments, `chained` makes the others from the first output as a prompt, " +
    "`shuffled` pairs each output with that of another sample of the same prompt, `real` are the " +
    "readers on real pairs: the ceiling. Style is a share of equal readings, rhythm the F1 of exact " +
    "slots. `gain` is against `apart`, paired by scene and noise. Outputs that are made together from " +
    "nothing try as many beginnings as shipped, all others one; `apart` has other noise there.",
  trials: (scale) => ({
    ...jointTrials(JOINT_ROWS, scale),
    ...Object.fromEntries(
      FOLLOW_ROWS.flatMap((row): [string, Trial][] => followTrials(row, scale)),
    ),
  }),
  report: (found): PartReport => {
    const rows: Row[] = [];
    const counts: Record<string, unknown> = {};
    for (const row of JOINT_ROWS) rows.push(...jointRows(row, found, counts));
    for (const row of FOLLOW_ROWS) rows.push(...followRows(row, found, counts));
    rows.push(...costRows(found, counts));
    return { rows: [...rows, ...missingRows(found.missing)], counts };
  },
};

function jointRows(row: JointRow, found: Found, counts: Record<string, unknown>): Row[] {
  const variant = (name: string) => found.samples[`${row.name}, ${name}`];
  const made = variant("joint");
  if (made === undefined) return [];
  const others = Object.fromEntries(
    ["apart", "chained", "real"].map((name) => [name, variant(name)]),
  );
  switch (row.agree) {
    case "slots":
      return rhythmRows(row, made, others, found, counts);
    case "style":
      return styleRows(row, made, others, found, counts);
    case "nothing":
      return [];
    default:
      return thingRows(row, made, others, found, counts);
  }
}
