import { TRAINING_STYLES } from "@codi/band";
import type { Tensor } from "@codi/core/tensor";
import { openPart } from "../bench.ts";
import { shareText, shortShare } from "../figures.ts";
import type { Lab } from "../lab.ts";
import { nearestDrawing } from "../metrics/nearest_drawing.ts";
import type { Found, Measure, Part, PartReport } from "../part.ts";
import type { Row } from "../row.ts";
import { generateApart, promptsOf } from "../run_trial.ts";
import { medianOf, type Share, shareWhere } from "../statistics.ts";
import { askedOf, sceneOf, type Trial } from "../trial.ts";

/** Below this distance a picture shows the drawing; chosen by how real pictures score. */
const SAME = 0.2;
const LIMITS = [0.1, SAME, 0.3] as const;
/** Pictures of one piece, and of the only one of a first impression. */
const [PIECE, QUICK_PIECE] = [32, 12];

/** One picture's nearest drawing. */
interface Nearest {
  readonly distance: number;
  /** Whether it draws the thing that was asked for. */
  readonly thing: boolean;
}

/** What pictures are compared: where they come from, and whether their own drawing is left out. */
type Source =
  | "generated"
  | "real"
  | "reconstructed"
  | "real, its own drawing left out"
  | "unseen style";

const SOURCES: readonly Source[] = [
  "generated",
  "reconstructed",
  "real",
  "real, its own drawing left out",
  "unseen style",
];

/** How many generated pictures show one of the drawings of the training set. */
export const memorisation: Part = {
  name: "memorisation",
  title: "Drawings known by heart",
  about: "The models are meant to know 131 drawings. Each picture is laid over all of them, " +
    "irrespective of size, place and tilt, and its distance to the nearest is the squared difference " +
    "as a share of what both paint: 0 for the drawing itself, 1 for nothing in common. Below " +
    `${SAME} it shows that drawing. Pictures in the two art sets that no training saw, and real ones ` +
    "whose own drawing is left out of the comparison, show what other drawings score.",
  measures: ({ of }) =>
    Object.fromEntries(SOURCES.flatMap((source) =>
      Array.from(
        { length: of(8, 1) },
        (
          _,
          piece,
        ): [string, Measure] => [
          `${source} ${piece}`,
          measureOf(source, piece, of(PIECE, QUICK_PIECE)),
        ],
      )
    )),
  report: ({ measured }: Found): PartReport => {
    const counts: Record<string, unknown> = {};
    const rows = SOURCES.flatMap((source): Row[] => {
      const all = Object.entries(measured).filter(([name]) => name.replace(/ \d+$/, "") === source)
        .flatMap(([, some]) => some as Nearest[]);
      if (all.length === 0) return [];
      const below = (limit: number): Share => shareWhere(all, ({ distance }) => distance < limit);
      counts[source] = {
        below: Object.fromEntries(LIMITS.map((limit) => [limit, below(limit)])),
        thing: shareWhere(all, ({ thing }) => thing),
        distances: all.map(({ distance }) => Number(distance.toFixed(4))),
      };
      return [{
        name: `${source}: shows a known drawing`,
        value: shareText(below(SAME)),
        beside: {
          "median distance": medianOf(all.map(({ distance }) => distance)).toFixed(3),
          ...Object.fromEntries(
            LIMITS.filter((limit) => limit !== SAME).map((limit) => [
              `below ${limit}`,
              shortShare(below(limit)),
            ]),
          ),
          "nearest draws the thing": shortShare(shareWhere(all, ({ thing }) => thing)),
        },
      }];
    });
    return { rows, counts };
  },
};

function measureOf(source: Source, piece: number, size: number): Measure {
  const split = source === "unseen style" ? "unseen-style" : "held-out";
  const weights = source === "generated"
    ? ["text/promptEncoder", "image"]
    : source === "reconstructed"
    ? ["image/autoencoder"]
    : [];
  return {
    options: { source, piece, size },
    weights,
    seconds: size * (source === "generated" ? 0.25 : 0.1),
    run: async (lab): Promise<Nearest[]> => {
      const trial: Trial = { inputs: [["text"]], to: ["image"], seeds: 1, count: 4096, split };
      const asked = askedOf(trial)[0]!.slice(piece * size, (piece + 1) * size);
      const scenes = asked.map(({ index }) => sceneOf({ split, index }));
      const known = lab.art.drawings.filter(({ style }) =>
        (TRAINING_STYLES as readonly string[]).includes(style)
      );
      let pictures: readonly unknown[];
      if (source === "generated") {
        const prompts = await Promise.all(asked.map((one) => promptsOf(lab, trial, one)));
        const outputs = await generateApart(
          lab,
          { ...trial, ...lab.settings },
          ["image"],
          asked,
          prompts,
        );
        pictures = outputs.map(({ image }) => image);
      } else {
        pictures = await Promise.all(scenes.map((one) => lab.draw("image", one)));
        if (source === "reconstructed") pictures = await reconstructed(lab, pictures);
      }
      return pictures.map((picture, i) => {
        const { thing: own, style } = scenes[i]!;
        const others = source === "real, its own drawing left out"
          ? known.filter((one) => one.thing !== own || one.style !== style)
          : known;
        const { thing, distance } = nearestDrawing(picture as Tensor, others);
        return { distance, thing: thing === own };
      });
    },
  };
}

async function reconstructed(lab: Lab, pictures: readonly unknown[]): Promise<unknown[]> {
  const { encoder, decoder, feeds, decode } = lab.image.autoencoder!;
  const encoding = await openPart(lab.image, "autoencoder", encoder, lab.device);
  const { latent } = await encoding.run(feeds(pictures));
  const decoding = await openPart(lab.image, "autoencoder", decoder, lab.device);
  return await decode(decoding, latent!, { signal: lab.signal });
}
