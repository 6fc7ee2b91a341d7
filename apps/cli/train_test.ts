import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { bandDataset, openArt } from "@codi/band";
import { input, mse } from "@codi/core/graph";
import { linear, Scope } from "@codi/core/nn";
import { tensor } from "@codi/core/tensor";
import type { Objective } from "@codi/core/training";
import { readWeights, writeWeights } from "@codi/core/weights";
import { type Command, UsageError } from "./command.ts";
import { sha256 } from "./sha256.ts";
import { bareCommand, namesIn, randomModalities, testContext, testFolder } from "./_testing.ts";
import { loadObjectives } from "./objectives.ts";
import { loadPlugins } from "./plugins/load_plugins.ts";
import { runCommand } from "./run_command.ts";
import { fitWeights, readParts } from "./train/starting_weights.ts";
import { train } from "./train/train.ts";

/** An objective that fits a line; its part keeps a statistic that the task does not train. */
function lineObjective(name = "denoise image"): Objective {
  return {
    name,
    stage: "denoise",
    trains: ["image/diffusion"],
    freezes: [],
    pairs: [["image", "image"]],
    options: { steps: 6, learningRate: 0.1, warmup: 0 },
    prepare: () => {
      const scope = new Scope();
      const loss = mse(linear(scope.at("image"), input("x", [1, 2]), 1), input("y", [1, 1]));
      const batch = () => ({
        x: tensor([1, 2], Float32Array.of(1, 1)),
        y: tensor([1, 1], Float32Array.of(2)),
      });
      return Promise.resolve({
        task: { scope, traced: { loss }, batchSize: 1, batch, validation: [batch()] },
        finish: (weights) =>
          Promise.resolve({
            "image/diffusion": {
              tensors: {
                weight: weights["image.weight"]!,
                bias: weights["image.bias"]!,
                measured: tensor([1]),
              },
              metadata: {},
            },
          }),
      });
    },
  };
}

async function trainCommand(
  folder: string,
  objectives: readonly Objective[] = [lineObjective()],
): Promise<Command> {
  const modalities = await randomModalities(folder);
  return bareCommand((args, context) =>
    train(args, context, {
      modalities,
      objectives,
      openDataset: async () =>
        bandDataset(await openArt({ things: ["bell"], styles: ["noto"] }), { things: ["bell"] }),
    })
  );
}

Deno.test("train leaves weights, log and plot in the run's folder, and goes on from there", async () => {
  await using folder = await testFolder();
  const command = await trainCommand(folder.path);
  const dir = join(folder.path, "run");
  const run = async (...args: string[]) => {
    const context = testContext();
    const all = ["train", "denoise", "image", "--dir", dir, "--threads", "1", ...args];
    assertEquals(await runCommand(all, { train: command }, context), 0, context.reported());
    return context;
  };
  const paused = await run("--minutes", "0");
  assert(paused.reported().endsWith("Paused after step 0: go on with --resume\n"));
  const first = await run("--steps", "3", "--resume");
  assertEquals(first.printed(), `${dir}/image.diffusion.safetensors\n`);
  assert(first.reported().includes("3/3  loss "), first.reported());
  assert(first.reported().includes("| held out: loss "), first.reported());
  assert(first.reported().endsWith("Finished\n"));
  assertEquals(
    (await namesIn(dir)).filter((name) => name !== "cache"),
    ["checkpoint.safetensors", "image.diffusion.safetensors", "log.jsonl", "loss.svg"],
  );
  assert((await Deno.readTextFile(join(dir, "loss.svg"))).startsWith("<svg"));

  const installed = join(folder.path, "image.diffusion.safetensors");
  const second = await run("--resume", "--install");
  assertEquals(second.printed(), `${installed}\n`);
  const { tensors, metadata } = await readWeights(installed);
  assertEquals([metadata["steps"], metadata["objective"]], ["6", "denoise image"]);

  const other = join(folder.path, "other");
  for (const source of ["installed", installed, dir]) {
    const context = testContext();
    const args = ["train", "denoise", "image", "--dir", other, "--threads=1", "--minutes=0"];
    assertEquals(
      await runCommand([...args, "--from", source], { train: command }, context),
      0,
      context.reported(),
    );
    const copy = await readWeights(join(other, "image.diffusion.safetensors"));
    assertEquals(copy.tensors["weight"], tensors["weight"], source);
  }
});

Deno.test("train all trains one objective after the other, each in its folder", async () => {
  await using folder = await testFolder();
  const objectives = [lineObjective("denoise image"), lineObjective("denoise picture")];
  const command = await trainCommand(folder.path, objectives);
  const dir = join(folder.path, "runs");
  const context = testContext();
  const args = ["train", "all", "--dir", dir, "--steps", "1", "--threads", "1"];
  assertEquals(await runCommand(args, { train: command }, context), 0, context.reported());
  assertEquals(context.printed().trim().split("\n"), [
    `${dir}/denoise-image/image.diffusion.safetensors`,
    `${dir}/denoise-picture/image.diffusion.safetensors`,
  ]);
});

Deno.test("train all leaves out what is done and goes on with what was paused", async () => {
  await using folder = await testFolder();
  const names = ["denoise image", "denoise picture"];
  const command = await trainCommand(folder.path, names.map((name) => lineObjective(name)));
  const dir = join(folder.path, "runs");
  const run = async (...args: string[]) => {
    const context = testContext();
    const all = ["train", ...args, "--dir", dir, "--threads", "1"];
    assertEquals(await runCommand(all, { train: command }, context), 0, context.reported());
    return { printed: context.printed(), reported: context.reported() };
  };
  await run("all", "--minutes=0");
  assert((await run("--list")).printed.includes("6 steps, never timed\n  paused: go on with"));
  const whole = await run("all");
  assertEquals(whole.printed.trim().split("\n").length, 2);
  const listed = JSON.parse((await run("--list", "--json")).printed);
  assertEquals(
    listed.map(({ name, done, by, taken }: Record<string, unknown>) => [name, done, by, taken]),
    names.map((name) => [name, true, name, 6]),
  );
  const nothing = await run("all");
  assertEquals(
    nothing.reported,
    names.map((name) => `Left out "${name}": it is done; --again trains it anyway\n`).join(""),
  );
  assertEquals(nothing.printed, "");
  assertEquals((await run("all", "--again")).printed, whole.printed);
  // What was trained on other data is not done, and nothing goes on from it.
  for (const name of names) {
    const own = join(dir, name.replace(" ", "-"));
    // As a run leaves it that was killed.
    await Deno.remove(join(own, "image.diffusion.safetensors"));
    const file = join(own, "checkpoint.safetensors");
    const { tensors, metadata } = await readWeights(file);
    await writeWeights(file, tensors, { metadata: { ...metadata, "data set": "another" } });
  }
  const anew = await run("all");
  assertEquals(anew.printed, whole.printed);
  assert(anew.reported.includes("6/6  loss "), anew.reported);
  // More steps than were taken are not done yet.
  assertEquals((await run("all", "--steps=7")).printed, whole.printed);

  // What is installed counts, unless an earlier objective has made it.
  const installed = ["train", "denoise", "image", "--dir", join(folder.path, "other"), "--install"];
  assertEquals(await runCommand(installed, { train: command }, testContext()), 0);
  await Deno.remove(dir, { recursive: true });
  const { printed } = await run("--list");
  assert(
    /denoise image\n(.*\n){2} {2}done: 6 steps\ndenoise picture\n(.*\n){2} {2}not tr/.test(printed),
  );
});

Deno.test("train pauses with a checkpoint when it is told to stop", async () => {
  await using folder = await testFolder();
  const command = await trainCommand(folder.path);
  const dir = join(folder.path, "run");
  const interrupt = new AbortController();
  const context = testContext({ signal: interrupt.signal });
  const objective = lineObjective();
  const stopping: Objective = {
    ...objective,
    prepare: async (given) => {
      const prepared = await objective.prepare(given);
      const batch = (step: number) => {
        if (step === 2) interrupt.abort();
        return prepared.task.batch(step);
      };
      return { ...prepared, task: { ...prepared.task, batch } };
    },
  };
  const stoppable = await trainCommand(folder.path, [stopping]);
  const installed = async () =>
    await sha256(await Deno.readFile(join(folder.path, "image.diffusion.safetensors")));
  const before = await installed();
  const args = ["train", "denoise", "image", "--dir", dir, "--threads", "1", "--install"];
  assertEquals(await runCommand(args, { train: stoppable }, context), 130);
  const paused = /Paused after step [12]: go on with --resume; nothing was installed\nStopped\n$/;
  assert(paused.test(context.reported()), context.reported());
  assertEquals(await installed(), before);
  const resumed = testContext();
  assertEquals(await runCommand([...args, "--resume"], { train: command }, resumed), 0);
  assert(resumed.reported().endsWith("Finished\n"));
  assert(await installed() !== before);
});

Deno.test("train --data trains on a folder's own files and tells what it left out", async () => {
  await using folder = await testFolder();
  const seen: string[] = [];
  const recording = (name: string, pairs: Objective["pairs"]): Objective => {
    const { prepare, ...rest } = lineObjective(name);
    return {
      ...rest,
      pairs,
      prepare: (context) => {
        seen.push(`${name}: ${context.size}, ${context.pairs.caption("train", 0, 0).text}`);
        return prepare(context);
      },
    };
  };
  const said = recording("denoise said", [["text"]]);
  const objectives = [recording("denoise seen", [["image", "text"]]), said];
  const own = join(folder.path, "own");
  await Deno.mkdir(own);
  for (const name of ["a", "b"]) await Deno.writeTextFile(join(own, `${name}.txt`), "a word");
  await Deno.writeTextFile(join(own, "broken.png"), "no picture");
  const run = async (data: string, ...args: string[]) => {
    const context = testContext();
    const all = [...args, "--data", data, "--dir", join(folder.path, "runs"), "--steps=1"];
    const command = await trainCommand(folder.path, objectives);
    const code = await runCommand(["train", ...all, "--threads=1"], { train: command }, context);
    return { code, reported: context.reported() };
  };
  const { code, reported } = await run(own, "all");
  assertEquals([code, seen], [0, ["denoise said: 1, a word"]], reported);
  assert(reported.startsWith(`${own}: 2 samples with 2 captions\n`), reported);
  assert(/\n {4}broken\.png: it is nothing in PNG/.test(reported), reported);
  assert(/\nLeft out "denoise seen": Cannot train on image \+ text from/.test(reported), reported);
  const alone = await run(own, "denoise", "seen");
  assertEquals(alone.code, 1);
  assert(/\nCannot train on image \+ text from the folder "own":/.test(alone.reported));
  const missing = await run(join(folder.path, "none"), "denoise", "said");
  assertEquals(missing.code, 1);
  assert(/^Cannot read the folder ".*none": it does not exist\n$/.test(missing.reported));
});

Deno.test("train names what is wrong on one line", async () => {
  await using folder = await testFolder();
  const command = await trainCommand(folder.path);
  const none = join(folder.path, "none");
  const text = join(folder.path, "text");
  await Deno.writeTextFile(text, "no weights");
  const cases: [number, string[], RegExp][] = [
    [2, ["train"], /^Cannot train "": objectives are "denoise image", or "all" for one after/],
    [2, ["train", "denoise", "smell"], /^Cannot train "denoise smell": objectives are/],
    [2, ["train", "all", "--from", "x"], /^Cannot use --from "x" with all: train one objective/],
    [2, ["train", "all", "--minutes", "-1"], /^Cannot use --minutes "-1": it is a number from 0/],
    [2, ["train", "all", "--steps", "0"], /^Cannot use --steps "0": it is a whole number from 1/],
    [2, ["train", "all", "--dri", "x"], /^Cannot use --dri: did you mean --dir\?/],
    [
      1,
      ["train", "denoise", "image", "--from", none],
      /^Cannot start from ".*": it does not exist/,
    ],
    [1, ["train", "denoise", "image", "--from", text], /^Cannot start from ".*text": \S/],
  ];
  for (const [code, args, message] of cases) {
    const context = testContext();
    const all = [...args, ...(args.length > 1 ? ["--dir", join(folder.path, "run")] : [])];
    assertEquals(await runCommand(all, { train: command }, context), code, context.reported());
    assert(message.test(context.reported()), context.reported());
    assertEquals(context.reported().trimEnd().split("\n").length, 1, context.reported());
  }
});

Deno.test("train --list names what each objective trains and freezes", async () => {
  await using folder = await testFolder();
  const command = await trainCommand(folder.path);
  const context = testContext();
  assertEquals(await runCommand(["train", "--list"], { train: command }, context), 0);
  assertEquals(
    context.printed(),
    "denoise image\n  trains image/diffusion; freezes nothing\n  sees image+image; 6 steps, about 3 s\n  not trained\n",
  );

  // A plugin's own objective says how long a step takes, and a short run is told from a whole one.
  const slow: Objective = {
    ...lineObjective("denoise picture"),
    pairs: [["image", "text"], ["text", "image"], ["image"]],
    secondsPerStep: 50,
  };
  const other = await trainCommand(folder.path, [slow]);
  const args = ["--dir", join(folder.path, "run"), "--threads=1"];
  const short = ["train", "denoise", "picture", "--steps=2", "--install", ...args];
  assertEquals(await runCommand(short, { train: other }, testContext()), 0);
  const listed = testContext();
  assertEquals(await runCommand(["train", "--list"], { train: other }, listed), 0);
  const [, , sees, status] = listed.printed().split("\n");
  assertEquals(sees, "  sees image+text, image; 6 steps, about 5 min");
  assertEquals(status, "  done, in 2 steps of 6");
});

Deno.test("train --list tells of every objective of the bundled plugins", async () => {
  const { plugins } = await loadPlugins();
  const objectives = await loadObjectives(plugins);
  const context = testContext();
  await train(["--list", "--json"], context, {
    modalities: plugins.map(({ modality }) => modality),
    objectives,
    openDataset: () => Promise.reject(new Error("the data set was opened")),
  });
  const rows: { readonly name: string; readonly done: boolean }[] = JSON.parse(context.printed());
  assertEquals(rows.map(({ name }) => name), objectives.map(({ name }) => name));
  // What the shipped weights are made by.
  for (const name of ["autoencode image", "align text+image", "denoise text", "denoise image"]) {
    assertEquals([name, rows.find((row) => row.name === name)?.done], [name, true]);
  }
});

Deno.test("fitWeights() draws what no part has and refuses other networks' weights", async () => {
  const objective = lineObjective();
  const prepared = await objective.prepare({} as never);
  const weight = tensor([1, 2], Float32Array.of(3, 4));
  const { weights, drawn } = fitWeights(prepared, new Map([["image/diffusion", { weight }]]), 0);
  assertEquals(weights["image.weight"], weight);
  assertEquals(drawn, ["image.bias"]);
  assertThrows(
    () => fitWeights(prepared, new Map([["image/diffusion", { weight: tensor([3, 1]) }]]), 0),
    RangeError,
    '"weight" is [3,1] instead of [1,2]',
  );
  assertThrows(
    () => fitWeights(prepared, new Map([["image/diffusion", { else: weight }]]), 0),
    RangeError,
    '"image/diffusion": they have none of the names that are trained',
  );
});

Deno.test("readParts() asks for a folder where several parts are trained", async () => {
  await using folder = await testFolder();
  await randomModalities(folder.path);
  const objective: Objective = {
    ...lineObjective("align text+image"),
    trains: ["text/promptEncoder", "image/promptEncoder"],
  };
  const locate = () => join(folder.path, "text.promptEncoder.safetensors");
  assertEquals([...(await readParts("installed", objective, locate)).keys()], objective.trains);
  assertEquals([...(await readParts(folder.path, objective, locate)).keys()], objective.trains);
  await assertRejects(
    () => readParts(locate(), objective, locate),
    UsageError,
    "so give the folder of a run",
  );
});
