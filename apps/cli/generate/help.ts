import { MIXING_RULES, USUAL_MIXING } from "@codi/core/conditioning";
import { samplers } from "@codi/core/diffusion";
import type { AnyModality } from "@codi/core/modality";
import { alternatives } from "../command_line.ts";
import { usualOutput } from "./_output_options.ts";
import { isWords, outputsOf } from "./options.ts";

/**
 * How `generate` is called.
 *
 * @param modalities The installed modalities; each brings options for its prompts.
 * @returns The text for people.
 */
export function generateHelp(modalities: readonly AnyModality[]): string {
  const usual = (words: boolean) =>
    usualOutput(modalities, modalities.filter(({ bridge }) => bridge === words), [])[0];
  const rows = modalities.map((modality): [string, string] =>
    isWords(modality)
      ? [`--${modality.name} TEXT`, "a prompt in words, like a sentence without an option"]
      : [`--${modality.name} FILE`, `a prompt from a file: ${kindsOf(modality)}`]
  );
  const negatives = modalities.map((modality): [string, string] =>
    modality.bridge
      ? ["--negative TEXT", "what to steer away from"]
      : [`--negative-${modality.name} FILE`, "the same, from a file"]
  );
  const prompts: [string, string][] = [
    ...rows,
    ...negatives,
    ["--weight NUMBER", "right after a prompt: its share beside the others (default: 1)"],
  ];
  const others: [string, string][] = [
    [
      "--to NAME[,NAME…]",
      `what to generate: ${alternatives(outputsOf(modalities))} (default: of words ${usual(true)},`,
    ],
    ["", `of files alone ${usual(false)}); with it no prompt is needed`],
    [
      "--follow NAME=FILE",
      "outputs follow this in time, as in audio=drums.wav; no prompt is needed",
    ],
    [
      "--keep NAME=FILE@PART",
      "keep a part of a file, make the rest anew: image=a.png@0,0,32,64 are",
    ],
    ["", "pixels, left,top,right,bottom; audio=a.wav@0-1 are seconds, 0-0.5+1-2 two spans;"],
    ["", "image=a.png@mask.png is what is white in a mask (inpainting tools often mark the rest)"],
    [
      "--environment SCALE",
      "how much outputs heed each other; 0 makes each by itself. A number for all,",
    ],
    ["", "or some outputs' own: audio=4,video=8"],
    ["--out FOLDER", 'where the files go (default: out); "-" for standard output'],
    ["--count NUMBER", "how many of each (default: 1)"],
    ["--seed NUMBER", "the same seed gives the same files; drawn and told if left out"],
    ["--steps NUMBER", "sampling steps (default: 25)"],
    [
      "--guidance SCALE",
      "how closely to follow the prompts, in the same way; each has its own default",
    ],
    [
      "--candidates NUMBER",
      "how many beginnings of each sample are tried; the one that fits its prompts best",
    ],
    ["", "goes on. A number for all, or some outputs' own; each has its own default"],
    [
      "--mixing NAME",
      `how prompts count together: ${alternatives(MIXING_RULES)} (default: ${USUAL_MIXING})`,
    ],
    ["--sampler NAME", `${alternatives(Object.keys(samplers))} (default: dpm++)`],
    ["--format NAME=FORMAT", `how an output is written: ${formatsText(modalities)}`],
    ["--set NAME.SETTING=VALUE", "how an output is decoded, for example text.temperature=0.7"],
    ["--threads NUMBER", "threads to compute with (default: one for each core)"],
    ["--replay FILE", "do again what a run.json or a generated file tells, into the folder replay"],
    ["--open", "show the files in the system's viewer"],
    ["--json", "print the run as JSON instead of the files' paths"],
    ["--quiet", "report errors only"],
  ];
  const width = Math.max(...[...prompts, ...others].map(([option]) => option.length));
  const list = (options: readonly [string, string][]) =>
    options.map(([option, what]) => `  ${option.padEnd(width)}  ${what}`).join("\n");
  return `Usage: deno task generate SENTENCE… [OPTION…]

Turns prompts into files, and writes run.json beside them: all it takes to make them again.
Several prompts are mixed; one of them may be "-", for standard input. An option and its value are
separate words, or joined by "=". Ctrl-C keeps the samples that are finished.

Prompts, any number of each:
${list(prompts)}

Options:
${list(others)}

Examples:
  deno task generate "a guitar on a yellow background" --to image --out pictures
  deno task generate --image pictures/image.png --to image --count 4
  deno task generate "a red trumpet" --weight 2 "a violin" --negative "a drum" --seed 7
  deno task generate "a drum" --follow audio=drums.wav --to video
  deno task generate "two bell notes" --to audio,video --environment audio=4,video=8
  deno task generate "a bell" --keep image=photo.png@0,0,32,64
  deno task generate "a bell" --keep image=photo.png@mask.png
  deno task generate --replay out/image.png
  echo "a yellow drum" | deno task generate - --out - > drum.png
`;
}

function kindsOf(modality: AnyModality): string {
  return modality.codec.reads.map((type) => type.replace(/^.*\//, "")).join(", ");
}

function formatsText(modalities: readonly AnyModality[]): string {
  const all = modalities.flatMap(({ name, codec }) => {
    const formats = Object.keys(codec.formats ?? {});
    return formats.length > 0 ? [`${name} as ${alternatives(formats)}`] : [];
  });
  return all.join("; ") || "each has one format only";
}
