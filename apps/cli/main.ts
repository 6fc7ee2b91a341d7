/**
 * The command line of CoDi: `deno task generate`, `deno task train` and `deno task eval`.
 *
 * @module
 */
import type { AnyModality } from "@codi/core/modality";
import type { Command } from "./command.ts";
import { messageOf } from "./message.ts";
import { EXIT, runCommand } from "./run_command.ts";
import { terminalContext } from "./terminal_context.ts";

/** The modalities of the plugins that `codi.json` names. */
async function installed(): Promise<readonly AnyModality[]> {
  return await (await import("./modalities.ts")).loadModalities();
}

/** Every command; each is imported when it is called, so that none waits for the others' libraries. */
const commands: Readonly<Record<string, Command>> = {
  generate: {
    summary: "turn prompts into files",
    help: async () => {
      const { generateHelp } = await import("./generate/help.ts");
      return generateHelp(await installed());
    },
    run: async (args, context) => {
      const { generate } = await import("./generate/generate.ts");
      await generate(args, context, await installed());
    },
  },
  train: {
    summary: "train the networks of a modality",
    help: async () => (await import("./train/plan.ts")).TRAIN_HELP,
    run: async (args, context) => {
      const { train } = await import("./train/train.ts");
      const { loadPlugins } = await import("./plugins/load_plugins.ts");
      const loaded = await loadPlugins();
      await train(args, context, {
        modalities: (await import("./modalities.ts")).modalitiesOf(loaded),
        objectives: await (await import("./objectives.ts")).loadObjectives(loaded.plugins),
        openDataset: async () => {
          const { bandDataset, openArt } = await import("@codi/band");
          return bandDataset(await openArt());
        },
      });
    },
  },
  eval: {
    summary: "measure the trained models",
    help: async () => (await import("./eval/plan.ts")).EVAL_HELP,
    run: async (args, context) => {
      const { evaluate } = await import("./eval/evaluate.ts");
      await evaluate(args, context, await installed());
    },
  },
  inspect: {
    summary: "say what a file, a plugin or a sentence holds",
    help: async () => (await import("./inspect/inspect.ts")).INSPECT_HELP,
    run: async (args, context) => {
      await (await import("./inspect/inspect.ts")).inspect(args, context, await installed());
    },
  },
  plugin: {
    summary: "list, add, remove and begin modalities",
    help: async () => (await import("./plugins/plugin.ts")).PLUGIN_HELP,
    run: async (args, context) => await (await import("./plugins/plugin.ts")).plugin(args, context),
  },
};

if (import.meta.main) {
  const interrupt = new AbortController();
  Deno.addSignalListener("SIGINT", () => {
    // Whoever presses it twice does not want to wait.
    if (interrupt.signal.aborted) Deno.exit(EXIT.interrupted);
    interrupt.abort();
  });
  const context = terminalContext(interrupt.signal);
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    context.report(`${messageOf(event.reason)}\n`);
    Deno.exit(EXIT.failed);
  });
  Deno.exit(await runCommand(Deno.args, commands, context));
}
