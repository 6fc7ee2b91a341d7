/**
 * The command line of CoDi: `deno task generate`, `deno task train` and `deno task eval`.
 *
 * @module
 */
import type { Command } from "./command.ts";
import { messageOf } from "./message.ts";
import { EXIT, runCommand } from "./run_command.ts";
import { terminalContext } from "./terminal_context.ts";

/** Every command; each is imported when it is called, so that none waits for the others' libraries. */
const commands: Readonly<Record<string, Command>> = {
  generate: {
    summary: "turn prompts into files",
    help: async () => {
      const { generateHelp } = await import("./generate/help.ts");
      return generateHelp((await import("./modalities.ts")).modalities);
    },
    run: async (args, context) => {
      const { generate } = await import("./generate/generate.ts");
      await generate(args, context, (await import("./modalities.ts")).modalities);
    },
  },
  train: {
    summary: "train the networks of a modality",
    help: async () => (await import("./train/plan.ts")).TRAIN_HELP,
    run: async (args, context) => {
      const { train } = await import("./train/train.ts");
      const { bandDataset, openArt } = await import("@codi/band");
      await train(args, context, {
        ...(await import("./modalities.ts")),
        ...(await import("./objectives.ts")),
        openDataset: async () => bandDataset(await openArt()),
      });
    },
  },
  eval: {
    summary: "measure the trained models",
    help: async () => (await import("./eval/plan.ts")).EVAL_HELP,
    run: async (args, context) => {
      const { evaluate } = await import("./eval/evaluate.ts");
      await evaluate(args, context, (await import("./modalities.ts")).modalities);
    },
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
