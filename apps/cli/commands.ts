import type { AnyModality } from "@codi/core/modality";
import { type Command, type CommandContext, UsageError } from "./command.ts";

/** The modalities of the plugins that `codi.json` names. */
async function installed(
  context: Pick<CommandContext, "report"> = { report: () => {} },
): Promise<readonly AnyModality[]> {
  return await (await import("./modalities.ts")).loadModalities(context);
}

/** Every command; each is imported when it is called, so that none waits for the others' libraries. */
export const commands: Readonly<Record<string, Command>> = {
  generate: {
    summary: "turn prompts into files",
    words: () => [],
    help: async () => {
      const { generateHelp } = await import("./generate/help.ts");
      return generateHelp(await installed());
    },
    run: async (args, context) => {
      const { generate } = await import("./generate/generate.ts");
      await generate(args, context, await installed(context));
    },
  },
  train: {
    summary: "train the networks of a modality",
    words: async () => {
      const { loadPlugins } = await import("./plugins/load_plugins.ts");
      const { loadObjectives } = await import("./objectives.ts");
      const objectives = await loadObjectives((await loadPlugins()).plugins);
      return [...new Set(["all", ...objectives.flatMap(({ name }) => name.split(" "))])];
    },
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
    words: async () => (await import("./eval/plan.ts")).EVAL_PARTS,
    help: async () => (await import("./eval/plan.ts")).EVAL_HELP,
    run: async (args, context) => {
      const { evaluate } = await import("./eval/evaluate.ts");
      const { exampleModalities } = await import("./eval/example_modalities.ts");
      const modalities = await installed(context);
      await evaluate(args, context, modalities, await exampleModalities(modalities, context));
    },
  },
  data: {
    summary: "look at the embedded data set",
    words: () => ["preview", "stats", "train-reader", "test-reader"],
    help: async () => (await import("@codi/band/cli")).DATA_HELP,
    run: async (args, { signal }) => {
      const { data, isFlagError } = await import("@codi/band/cli");
      try {
        await data(args, signal);
      } catch (error) {
        throw isFlagError(error) ? new UsageError(error.message, { cause: error }) : error;
      }
    },
  },
  export: {
    summary: "save networks as ONNX files",
    words: async () => (await installed()).map(({ name }) => name),
    help: async () => (await import("./export/export.ts")).EXPORT_HELP,
    run: async (args, context) => {
      await (await import("./export/export.ts")).exportNetworks(
        args,
        context,
        await installed(context),
      );
    },
  },
  inspect: {
    summary: "say what a file, a plugin or a sentence holds",
    help: async () => (await import("./inspect/inspect.ts")).INSPECT_HELP,
    run: async (args, context) => {
      await (await import("./inspect/inspect.ts")).inspect(args, context, await installed(context));
    },
  },
  plugin: {
    summary: "list, add, remove and begin modalities",
    words: () => ["list", "add", "remove", "new"],
    help: async () => (await import("./plugins/plugin.ts")).PLUGIN_HELP,
    run: async (args, context) => await (await import("./plugins/plugin.ts")).plugin(args, context),
  },
  completions: {
    summary: "teach a shell to complete commands and options",
    words: () => ["bash", "zsh", "fish"],
    help: async () => (await import("./completions/completions.ts")).COMPLETIONS_HELP,
    run: async (args, context) => {
      await (await import("./completions/completions.ts")).completions(args, context, commands);
    },
  },
};
