import { type AnyModality, findModality, settingComplaint } from "@codi/core/modality";
import { UsageError } from "../command.ts";
import { alternatives } from "../command_line.ts";
import { missingText } from "../plugins/missing_text.ts";
import { similarName } from "../similar_name.ts";

/** The outputs of `--to NAME,NAME`. */
export function outputNames(
  given: readonly string[],
  known: readonly string[],
  installed: readonly string[],
): string[] {
  const names = given.flatMap((list) => list.split(","))
    .map((name) => name.trim());
  for (const name of names) {
    if (!known.includes(name)) {
      throw new UsageError(
        `Cannot generate "${name}": ${
          missingText(name, installed) ??
            `--to takes ${alternatives(known)}${meantText(name, known)}`
        }`,
      );
    }
  }
  return [...new Set(names)];
}

/** A known name that may have been meant, to end a message with. */
function meantText(name: string, known: readonly string[]): string {
  const similar = similarName(name, known);
  return similar === undefined ? "" : `; did you mean "${similar}"?`;
}

/**
 * What is generated if nothing is named: words are made into the first modality that is not words, files
 * without words are put into words.
 */
export function usualOutput(
  modalities: readonly AnyModality[],
  prompts: readonly AnyModality[],
  followed: readonly string[],
): string[] {
  const outputs = modalities.filter(({ name, diffusion, autoencoder }) =>
    diffusion && autoencoder && !followed.includes(name)
  );
  const hasWords = prompts.length === 0 || prompts.some(({ bridge }) => bridge);
  const usual = outputs.find(({ bridge }) => bridge !== hasWords) ?? outputs[0];
  return usual === undefined ? [] : [usual.name];
}

/** The formats of `--format NAME=FORMAT`. */
export function formatsOf(
  given: readonly string[],
  to: readonly string[],
  modalities: readonly AnyModality[],
): Record<string, string> {
  return Object.fromEntries(given.map((pair) => {
    const [name, format] = assignment("format", pair, to);
    const known = Object.keys(findModality(modalities, name).codec.formats ?? {});
    if (!known.includes(format)) {
      throw new UsageError(
        `Cannot use --format "${pair}": ${name} is written as ${
          alternatives(known) || "one format only"
        }`,
      );
    }
    return [name, format];
  }));
}

/** The settings of `--set NAME.SETTING=VALUE`. */
export function decodingOf(
  given: readonly string[],
  to: readonly string[],
  modalities: readonly AnyModality[],
): Record<string, Record<string, string | number>> {
  const decoding: Record<string, Record<string, string | number>> = {};
  for (const pair of given) {
    const [, name, setting, value] = /^([^.=]+)\.([^=]+)=(.+)$/.exec(pair) ?? [];
    if (name === undefined || !to.includes(name)) {
      throw new UsageError(
        `Cannot use --set "${pair}": it takes an output's name, a setting and a value, as in ${
          to[0]
        }.temperature=0.7`,
      );
    }
    const number = Number(value);
    const chosen = Number.isNaN(number) ? value! : number;
    const modality = findModality(modalities, name);
    const wrong = settingComplaint(modality, setting!, chosen);
    if (wrong !== undefined) {
      const known = Object.keys(modality.autoencoder?.settings ?? {});
      const similar = known.includes(setting!) ? undefined : similarName(setting!, known);
      const meant = similar === undefined ? "" : `; did you mean ${name}.${similar}?`;
      throw new UsageError(`Cannot use --set "${pair}": ${wrong}${meant}`);
    }
    decoding[name] = { ...decoding[name], [setting!]: chosen };
  }
  return decoding;
}

function assignment(option: string, pair: string, to: readonly string[]): [string, string] {
  const [name, value] = pair.split("=", 2);
  if (value === undefined || !to.includes(name!)) {
    throw new UsageError(
      `Cannot use --${option} "${pair}": it takes an output's name and a value, as in ${
        to[0]
      }=VALUE`,
    );
  }
  return [name!, value];
}
