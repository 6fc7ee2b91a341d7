import type { AnyModality } from "@codi/core/modality";
import { UsageError } from "../command.ts";
import { alternatives } from "../command_line.ts";
import { missingText } from "../plugins/missing_text.ts";
import { outputsOf } from "./options.ts";

/** A file of which a part is kept. */
export interface KeptSource {
  /** The file. */
  readonly value: string;
  /** The part, in the modality's own words. */
  readonly region: string;
}

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

/** The files and regions of `--keep NAME=FILE@REGION`, by output. */
export function keptOf(
  given: readonly string[],
  to: readonly string[],
  modalities: readonly AnyModality[],
): Record<string, KeptSource> {
  const keep: Record<string, KeptSource> = {};
  for (const pair of given) {
    const [, name = "", value = "", region = ""] = /^([^=]*)=(.+)@([^@]+)$/s.exec(pair) ?? [];
    const refuse = refusal("keep", pair);
    if (value === "") {
      throw refuse(
        "it takes an output, a file and a region, as in image=photo.png@0,0,32,64 (pixels) or audio=drums.wav@0-1 (seconds)",
      );
    }
    checkName(name, modalities, refuse, "image=photo.png@0,0,32,64");
    if (!to.includes(name)) throw refuse(`${name} is not among the outputs; add it to --to`);
    if (Object.hasOwn(keep, name)) throw refuse(`a part of one ${name} is kept already`);
    keep[name] = { value, region };
  }
  return keep;
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
