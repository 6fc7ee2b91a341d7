import { type AnyModality, findModality } from "@codi/core/modality";
import { UsageError } from "../command.ts";
import { alternatives } from "../command_line.ts";
import { missingText } from "../plugins/missing_text.ts";
import { outputsOf } from "./options.ts";
import { STANDARD_STREAM } from "./streams.ts";

/** A file of which a part is kept: in the modality's own words, or what a file marks. */
export type KeptSource =
  & { readonly value: string }
  & ({ readonly region: string } | { readonly mask: string });

/** The files of `--follow NAME=FILE`, by modality. */
export function followOf(
  given: readonly string[],
  to: readonly string[],
  modalities: readonly AnyModality[],
): Record<string, string> {
  const follow: Record<string, string> = {};
  for (const pair of given) {
    const [, name = "", value = ""] = /^([^=]*)=(.+)$/s.exec(pair) ?? [];
    const refuse = refusal("follow", pair);
    if (value === "") throw refuse("it takes a modality and a file, as in audio=drums.wav");
    checkName(name, modalities, refuse, "audio=drums.wav");
    if (to.includes(name)) {
      throw refuse(`${name} is generated; leave it out of --to, or use --keep for a part of it`);
    }
    if (Object.hasOwn(follow, name)) throw refuse(`one ${name} is followed already`);
    follow[name] = value;
  }
  return follow;
}

/** The files and parts of `--keep NAME=FILE@PART`, by output. */
export function keptOf(
  given: readonly string[],
  to: readonly string[],
  modalities: readonly AnyModality[],
): Record<string, KeptSource> {
  const keep: Record<string, KeptSource> = {};
  for (const pair of given) {
    const [, name = "", value = "", part = ""] = /^([^=]*)=(.+)@([^@]+)$/s.exec(pair) ?? [];
    const refuse = refusal("keep", pair);
    if (value === "") {
      throw refuse(
        "it takes an output, a file and a part, as in image=photo.png@0,0,32,64 (pixels), image=photo.png@mask.png (a mask) or audio=drums.wav@0-1 (seconds)",
      );
    }
    checkName(name, modalities, refuse, "image=photo.png@0,0,32,64");
    if (!to.includes(name)) throw refuse(`${name} is not among the outputs; add it to --to`);
    if (Object.hasOwn(keep, name)) throw refuse(`a part of one ${name} is kept already`);
    const { regionMask, latentMask } = findModality(modalities, name).autoencoder ?? {};
    if (!regionMask && !latentMask) throw refuse(`${name} is made as a whole`);
    if (!isFile(part)) {
      keep[name] = { value, region: part };
      continue;
    }
    const masked = modalities.filter(({ codec }) => codec.decodeMask !== undefined)
      .map((modality) => modality.name);
    if (!masked.includes(name)) {
      throw refuse(
        `parts of ${name} are told in words, as in audio=drums.wav@0-1; ${
          alternatives(masked) || "nothing"
        } can have a mask`,
      );
    }
    keep[name] = { value, mask: part };
  }
  return keep;
}

/** Whether a part is told by a file: it has a folder, or an ending that begins with a letter. */
function isFile(part: string): boolean {
  return part === STANDARD_STREAM || /[\\/]|\.[a-z][a-z0-9]*$/i.test(part);
}

/** Says why a value of an option cannot be used. */
export function refusal(option: string, pair: string): (reason: string) => UsageError {
  return (reason) => new UsageError(`Cannot use --${option} "${pair}": ${reason}`);
}

/** Refuses what names no output. */
export function checkName(
  name: string,
  modalities: readonly AnyModality[],
  refuse: (reason: string) => UsageError,
  example: string,
): void {
  const known = outputsOf(modalities);
  if (known.includes(name)) return;
  const missing = missingText(name, modalities.map((modality) => modality.name));
  throw refuse(missing ?? `it begins with ${alternatives(known)}, as in ${example}`);
}
