import { contactSheet, sceneSheet } from "@codi/band";
import { findModality } from "@codi/core/modality";
import type { Tensor } from "@codi/core/tensor";
import sharp from "sharp";
import type { Lab } from "../lab.ts";
import type { Found, Measure, Part, PartReport } from "../part.ts";
import { generateApart, promptsOf, shippedCandidates } from "../run_trial.ts";
import { askedOf, type Trial } from "../trial.ts";

/** A file of the page, ready to be shown or played. */
export interface GalleryFile {
  /** The modality. */
  readonly modality: string;
  /** Its media type. */
  readonly mediaType: string;
  /** Its bytes in base64. */
  readonly base64: string;
}

/** One row of the gallery: samples as they came, none left out. */
export interface GalleryRow {
  /** What was asked for, for each sample. */
  readonly prompts: readonly string[];
  /** The sentences that were generated, if any were. */
  readonly sentences: readonly string[];
  /** All samples on one WebP picture, in base64; undefined if there is nothing to see. */
  readonly sheet?: string;
  /** The first few samples' files. */
  readonly files: readonly (readonly GalleryFile[])[];
}

/** Single outputs and joint pairs. */
export const GALLERY_ROWS: readonly (readonly string[])[] = [
  ["text"],
  ["image"],
  ["audio"],
  ["video"],
  ["text", "image"],
  ["text", "audio"],
  ["text", "video"],
  ["image", "audio"],
  ["image", "video"],
  ["audio", "video"],
];

/** The most bytes of a sheet. */
const SHEET_BYTES = 150_000;
/** How many samples can be played on the page. */
const PLAYABLE = 6;
/** Files of each modality on the page. */
const FORMATS: Readonly<Record<string, string>> = { audio: "opus", video: "webm" };

/** The first samples of seed 0, unselected. */
export const gallery: Part = {
  name: "gallery",
  title: "Samples",
  about:
    "The first samples of seed 0 from sentences of held-out scenes, none left out; the pictures are " +
    "in `gallery.md`, and can be played on the page.",
  measures: ({ of }) =>
    Object.fromEntries(GALLERY_ROWS.map((to): [string, Measure] => {
      const count = of(32, 2);
      const video = to.includes("video");
      return [to.join(" + "), {
        options: { to, count, playable: PLAYABLE, candidates: "shipped" },
        weights: ["text/promptEncoder", ...to, ...(to.length > 1 ? ["environment"] : [])],
        seconds: count * (video ? 1.9 : 0.5),
        run: (lab) => galleryRow(lab, to, count),
      }];
    })),
  report: ({ measured }: Found): PartReport => ({
    rows: [],
    counts: Object.fromEntries(
      Object.entries(measured).map(([name, row]) => [
        name,
        { samples: (row as GalleryRow).prompts.length },
      ]),
    ),
  }),
};

async function galleryRow(lab: Lab, to: readonly string[], count: number): Promise<GalleryRow> {
  const trial: Trial = { inputs: [["text"]], to, seeds: 1, count };
  const asked = askedOf(trial)[0]!;
  const prompts = await Promise.all(asked.map((one) => promptsOf(lab, trial, one)));
  const how = { ...trial, ...lab.settings, candidates: shippedCandidates(lab, trial) };
  const outputs = await generateApart(lab, how, to, asked, prompts);
  const seen = outputs.map(({ image, video, audio }) => ({
    ...(image === undefined ? {} : { picture: image as Tensor }),
    ...(video === undefined ? {} : { clip: video as Tensor }),
    ...(audio === undefined ? {} : { sound: audio as Tensor }),
  }));
  const files: GalleryFile[][] = [];
  for (const output of outputs.slice(0, PLAYABLE)) {
    const own: GalleryFile[] = [];
    for (const name of to.filter((name) => name !== "text")) {
      const { codec } = findModality(lab.modalities, name);
      const format = FORMATS[name];
      const bytes = await codec.encode(output[name], {
        beside: output,
        ...(format === undefined ? {} : { format }),
      });
      const { mediaType } = codec.formats?.[format ?? ""] ?? { mediaType: codec.writes };
      own.push({ modality: name, mediaType, base64: bytes.toBase64() });
    }
    files.push(own);
  }
  const timed = to.includes("video") || to.includes("audio");
  const sheet = timed
    ? await sceneSheet(seen)
    : to.includes("image")
    ? await contactSheet(seen.map(({ picture }, i) => ({ picture: picture!, caption: `${i + 1}` })))
    : undefined;
  return {
    prompts: prompts.map(([prompt]) => String(prompt!.sample)),
    sentences: to.includes("text") ? outputs.map((output) => String(output["text"])) : [],
    ...(sheet === undefined ? {} : { sheet: (await smallSheet(sheet, timed)).toBase64() }),
    files,
  };
}

/** A sheet as a WebP picture that is small enough to be kept. */
async function smallSheet(png: Uint8Array, timed: boolean): Promise<Uint8Array> {
  const { width } = await sharp(png).metadata();
  for (const quality of [80, 65, 50, 35, 20]) {
    const picture = sharp(png).resize({ width: timed ? Math.round(width / 2) : width });
    const bytes = await picture.webp({ quality, effort: 6 }).toBuffer();
    if (bytes.length <= SHEET_BYTES || quality === 20) return new Uint8Array(bytes);
  }
  throw new RangeError("Cannot make a sheet small enough");
}
