// deno-lint-ignore-file no-console
import { parseArgs } from "node:util";
import { basename, fromFileUrl, join } from "@std/path";
import { bandDataset, openArt } from "@codi/band";
import type { PartName } from "@codi/core/modality";
import { findModality } from "@codi/core/modality";
import { openDevice } from "@codi/core/runtime";
import { type PartPath, runObjective, type TrainingEvent } from "@codi/core/training";
import { modalities, objectives } from "./objectives.ts";

/** Where the plugins keep a part's weights. */
function installedPath(part: PartPath): string {
  const [modality, name] = part.split("/") as [string, PartName];
  const url = findModality(modalities, modality).weights[name];
  if (url === undefined) {
    throw new RangeError(`Cannot find the weights of "${part}": the plugin names no file`);
  }
  return fromFileUrl(url);
}

function progressLine(event: TrainingEvent): string {
  const metrics = Object.entries(event.metrics).map(([name, value]) =>
    `${name} ${value.toFixed(4)}`
  ).join(" ");
  const validation = event.validation
    ? ` | averaged ${
      Object.entries(event.validation).map(([name, value]) => `${name} ${value.toFixed(4)}`).join(
        " ",
      )
    }`
    : "";
  return `step ${event.step}/${event.steps} ${metrics}${validation} ${
    event.samplesPerSecond.toFixed(0)
  } samples/s, ${(event.secondsLeft / 60).toFixed(0)} min left`;
}

/** `train OBJECTIVE`: trains it and writes its weights to its run's folder. */
export async function train(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      list: { type: "boolean" },
      minutes: { type: "string" },
      steps: { type: "string" },
      seed: { type: "string" },
      dir: { type: "string" },
      resume: { type: "boolean" },
      install: { type: "boolean" },
      threads: { type: "string" },
    },
  });
  if (values.list) {
    for (const { name, trains, freezes, options } of objectives) {
      console.log(
        `${name}\n  trains ${trains.join(", ")}; freezes ${
          freezes.join(", ") || "nothing"
        }; ${options.steps} steps`,
      );
    }
    return 0;
  }
  const name = positionals.join(" ");
  const objective = objectives.find((candidate) => candidate.name === name);
  if (objective === undefined) {
    const known = objectives.map((candidate) => `"${candidate.name}"`).join(", ");
    throw new RangeError(`Cannot train "${name}": the objectives are ${known}`);
  }
  const directory = values.dir ?? join("runs", name.replaceAll(/[^a-z0-9]+/gi, "-"));
  const session = values.threads === undefined ? {} : { threads: Number(values.threads) };
  await using device = openDevice(session);
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  Deno.addSignalListener("SIGINT", onSignal);
  try {
    const result = await runObjective(objective, {
      dataset: bandDataset(await openArt()),
      directory,
      device,
      now: () => performance.now(),
      locate: installedPath,
      metadata: { space: modalities[0]!.space },
      resume: values.resume ?? false,
      seed: Number(values.seed ?? 0),
      session,
      signal: interrupt.signal,
      ...(values.steps === undefined ? {} : { steps: Number(values.steps) }),
      ...(values.minutes === undefined ? {} : { minutes: Number(values.minutes) }),
      onEvent: (event) => console.error(progressLine(event)),
      onProgress: (message) => console.error(message),
    });
    for (const [part, path] of Object.entries(result.files)) {
      if (values.install) {
        const target = installedPath(part as PartPath);
        await Deno.mkdir(target.slice(0, -basename(target).length), { recursive: true });
        await Deno.copyFile(path, target);
        console.log(target);
      } else console.log(path);
    }
    console.error(
      result.finished ? "finished" : `paused after step ${result.step}; go on with --resume`,
    );
    return 0;
  } finally {
    Deno.removeSignalListener("SIGINT", onSignal);
  }
}
