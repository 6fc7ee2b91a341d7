import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { AnyModality } from "@codi/core/modality";
import sharp from "sharp";
import {
  bareCommand,
  namesIn,
  randomModalities,
  type TestContext,
  testContext,
  testFolder,
} from "./_testing.ts";
import { generate } from "./generate/generate.ts";
import type { RunRecord } from "./generate/run_record.ts";
import { runCommand } from "./run_command.ts";
import { sha256 } from "./sha256.ts";

/** Runs `generate` with few steps and one thread. */
function run(
  modalities: readonly AnyModality[],
  args: readonly string[],
  context: TestContext = testContext(),
): Promise<number> {
  const command = bareCommand((rest, given) => generate(rest, given, modalities));
  const short = ["--threads", "1", ...(args.includes("--steps") ? [] : ["--steps", "2"])];
  return runCommand(["generate", ...args, ...short], { generate: command }, context);
}

async function readRun(folder: string): Promise<RunRecord> {
  return JSON.parse(await Deno.readTextFile(join(folder, "run.json")));
}

Deno.test("generate writes a picture and all it takes to make it again", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const out = join(folder.path, "a/b");
  const args = ["a guitar on a yellow background", "--out", out, "--seed", "7"];
  const context = testContext();
  assertEquals(await run(modalities, args, context), 0, context.reported());
  assertEquals(context.printed(), `${out}/image.png\n`);
  assertEquals(context.reported(), "");
  assertEquals(await namesIn(out), ["image.png", "run.json"]);

  const bytes = await Deno.readFile(join(out, "image.png"));
  const record = await readRun(out);
  assertEquals(record.outputs, [
    { modality: "image", sample: 0, file: "image.png", sha256: await sha256(bytes) },
  ]);
  assertEquals([record.seed, record.steps, record.sampler, record.count], [7, 2, "dpm++", 1]);
  assertEquals(record.prompts, [{
    modality: "text",
    text: "a guitar on a yellow background",
    weight: 1,
    negative: false,
  }]);
  assertEquals(Object.keys(record.weights), [
    "text/promptEncoder",
    "image/promptEncoder",
    "image/autoencoder",
    "image/diffusion",
  ]);
  assertEquals(record.runtime.threads, 1);
  const { exif } = await sharp(bytes).metadata();
  assert(exif!.toString("latin1").includes('"text":"a guitar on a yellow background"'));

  const again = join(folder.path, "again");
  assertEquals(await run(modalities, [...args.slice(0, 2), again, "--seed", "7"]), 0);
  for (const name of ["image.png", "run.json"]) {
    assertEquals(
      await Deno.readFile(join(again, name)),
      await Deno.readFile(join(out, name)),
      name,
    );
  }
});

Deno.test("generate makes named outputs from nothing, and again from their recipe", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const [out, again] = [join(folder.path, "out"), join(folder.path, "again")];
  assertEquals(await run(modalities, ["--to", "image", "--seed", "7", "--out", out]), 0);
  const { prompts, candidates } = await readRun(out);
  assertEquals([prompts, candidates], [[], { image: 1 }]);
  const context = testContext();
  const replay = ["--replay", join(out, "run.json"), "--out", again];
  const command = bareCommand((rest, given) => generate(rest, given, modalities));
  assertEquals(await runCommand(["generate", ...replay], { generate: command }, context), 0);
  const [made, remade] = [join(out, "image.png"), join(again, "image.png")];
  assertEquals(await Deno.readFile(remade), await Deno.readFile(made));
});

Deno.test("generate makes other pictures of another seed, prompt, weight or negative prompt", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const hashes = new Set<string>();
  const variants = [
    ["a guitar", "--seed", "1"],
    ["a guitar", "--seed", "2"],
    ["a drum", "--seed", "1"],
    ["a guitar", "a drum", "--seed", "1"],
    ["a guitar", "--weight", "3", "a drum", "--weight", "0.5", "--seed", "1"],
    ["a guitar", "--seed", "1", "--negative", "a drum"],
    ["a guitar", "--seed", "1", "--guidance", "1"],
    ["a guitar", "--seed", "1", "--sampler", "euler"],
    ["a guitar", "--seed", "1", "--steps", "3"],
  ];
  const out = join(folder.path, "out");
  for (const args of variants) {
    assertEquals(await run(modalities, [...args, "--out", out]), 0);
    hashes.add((await readRun(out)).outputs[0]!.sha256);
  }
  assertEquals(hashes.size, variants.length);
});

Deno.test("generate numbers several samples and tells the seed it drew", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const out = join(folder.path, "out");
  const context = testContext();
  assertEquals(await run(modalities, ["a guitar", "--count", "9", "--out", out], context), 0);
  const names = Array.from({ length: 9 }, (_, i) => `image-${i + 1}.png`);
  assertEquals(context.printed(), names.map((name) => `${out}/${name}\n`).join(""));
  assertEquals(context.reported(), "The seed is 42\n");
  const { outputs, seed, batch } = await readRun(out);
  assertEquals(outputs.map(({ file }) => file), names);
  assertEquals(new Set(outputs.map((output) => output.sha256)).size, 9);
  assertEquals([seed, batch], [42, 8]);
});

Deno.test("generate tells which samples are whole when a file cannot be written", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const out = join(folder.path, "out");
  await Deno.mkdir(join(out, "image-3.png"), { recursive: true });
  const context = testContext();
  assertEquals(await run(modalities, ["a guitar", "--count", "4", "--out", out], context), 1);
  const { outputs, finished } = await readRun(out);
  assertEquals(outputs.map(({ file }) => file), ["image-1.png", "image-2.png"]);
  assertEquals(finished, 2);
  assert(context.reported().includes("Kept 2 of 4 samples\n"), context.reported());
});

Deno.test("generate takes pictures as prompts and records their content", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const out = join(folder.path, "out");
  const picture = join(folder.path, "yellow.png");
  const create = { width: 90, height: 50, channels: 3, background: "#f8e682" } as const;
  await Deno.writeFile(picture, await sharp({ create }).png().toBuffer());
  const args = ["--image", picture, "--weight=2", "--text", "ein Häuschen", "--seed=1"];
  assertEquals(await run(modalities, [...args, "--out", out]), 0);
  const { prompts } = await readRun(out);
  assertEquals(prompts, [
    {
      modality: "image",
      file: "yellow.png",
      sha256: await sha256(await Deno.readFile(picture)),
      weight: 2,
      negative: false,
    },
    { modality: "text", text: "ein Häuschen", weight: 1, negative: false },
  ]);
});

Deno.test("generate --json prints the run with its paths and times, and nothing else", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const out = join(folder.path, "out");
  const context = testContext({ peakMemory: () => 5 });
  assertEquals(await run(modalities, ["a guitar", "--json", "--out", out], context), 0);
  const { paths, timing, ...record } = JSON.parse(context.printed());
  assertEquals(record, await readRun(out));
  assertEquals(paths, [join(out, "image.png")]);
  assertEquals(timing, { seconds: 0, peakBytes: 5 });
});

Deno.test("generate gives notices to people and to run.json, --quiet only to the latter", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const out = join(folder.path, "out");
  const long = `a guiter ${"and a drum ".repeat(9)}`;
  const notices = [
    'The word "guiter" was not in the training captions; similar ones are "guitar"',
    "Only the first 24 of 29 words are read",
  ];
  const context = testContext();
  assertEquals(await run(modalities, [long, "--seed", "1", "--out", out], context), 0);
  assertEquals(
    context.reported().replace(/; similar.*/, ""),
    [
      'Note: The word "guiter" was not in the training captions',
      "Note: Only the first 24 of 29 words are read\n",
    ].join("\n"),
  );
  assert((await readRun(out)).notices[0]!.startsWith(notices[0]!));
  assertEquals((await readRun(out)).notices[1], notices[1]);

  const quiet = testContext({ columns: 80 });
  assertEquals(await run(modalities, [long, "--quiet", "--out", out], quiet), 0);
  assertEquals(quiet.reported(), "");
  assertEquals((await readRun(out)).notices.length, 2);

  const scattered = testContext();
  assertEquals(await run(modalities, ["guitar", "drum", "--seed=1", "--out", out], scattered), 0);
  assertEquals(
    scattered.reported(),
    "Note: The 2 words are 2 prompts, mixed: put a sentence in quotes to make it one\n",
  );
});

Deno.test("generate stops when it is told to, without a file", async () => {
  await using folder = await testFolder();
  const modalities = await randomModalities(folder.path);
  const out = join(folder.path, "new/out");
  const interrupt = new AbortController();
  let reported = "";
  const context = testContext({
    columns: 60,
    signal: interrupt.signal,
    report: (text) => {
      reported += text;
      if (text.includes("1/50")) interrupt.abort();
    },
  });
  assertEquals(await run(modalities, ["a guitar", "--steps", "50", "--out", out], context), 130);
  assert(!reported.includes("3/50"), reported);
  assert(reported.endsWith("\r\x1b[KStopped\n"), reported);
  assertEquals(await namesIn(join(folder.path, "new")), []);
});
