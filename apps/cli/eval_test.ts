import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { heldOutColor, parseCaption, scene, THING_NAMES } from "@codi/band";
import { random } from "@codi/core/random";
import { tensor } from "@codi/core/tensor";
import { join } from "@std/path";
import sharp from "sharp";
import type { Command } from "./command.ts";
import { namesIn, randomModalities, testContext, testFolder } from "./_testing.ts";
import { evaluate } from "./eval/evaluate.ts";
import { fullCaption } from "./eval/generation.ts";
import { trainProbe } from "./eval/linear_probe.ts";
import { distinctScenes } from "./eval/retrieval.ts";
import { entropy, medianOf, pictureError, psnr, shareOf } from "./eval/statistics.ts";
import { runCommand } from "./run_command.ts";

Deno.test("shareOf() gives the score interval of Newcombe 1998, table I", () => {
  const cases = [[81, 263, 0.2553, 0.3662], [15, 148, 0.0624, 0.1605], [0, 20, 0, 0.1611], [
    1,
    29,
    0.0061,
    0.1718,
  ]] as const;
  for (const [right, of, low, high] of cases) {
    const share = shareOf(right, of);
    assertAlmostEquals(share.low, low, 5e-5);
    assertAlmostEquals(share.high, high, 5e-5);
    assertEquals(share.share, right / of);
  }
  assertEquals(shareOf(0, 0), { right: 0, of: 0, share: 0, low: 0, high: 1 });
});

Deno.test("psnr() of a picture is that of its clipped values from 0 to 1", () => {
  const gray = new Float32Array(12);
  assertAlmostEquals(psnr(pictureError(gray, gray.map(() => 0.2))), 20, 1e-5);
  assertEquals(pictureError(gray.fill(1), gray.map(() => 7)), 0);
  assertEquals(pictureError(gray.fill(1), gray.map(() => -7)), 1);
});

Deno.test("entropy() counts bits", () => {
  assertEquals(entropy(["a", "a", "a"]), 0);
  assertEquals(entropy(["a", "b", "c", "d"]), 2);
  assertAlmostEquals(entropy(["a", "a", "a", "b"]), 0.811278, 1e-6);
  assertEquals([medianOf([3, 1, 2]), medianOf([4, 1, 2, 3])], [2, 2.5]);
});

Deno.test("trainProbe() reads what is linear in the features, and nothing where nothing is", () => {
  const [count, width, classes] = [1200, 12, 4];
  const draw = random("probe test");
  const features = tensor([count, width]);
  draw.fillNormal(features.data);
  // Features of very different size, as embeddings may have them.
  features.data.forEach((value, i) => features.data[i] = value * 10 ** (i % width % 4 - 2));
  const labels = Array.from({ length: count }, (_, row) => {
    const [a, b] = [features.data[row * width]!, features.data[row * width + 5]!];
    return 2 * Number(a > 0) + Number(b > 0);
  });
  const accuracy = (known: readonly number[], truth: readonly number[]) => {
    const half = count / 2;
    const part = (first: number) =>
      tensor([half, width], features.data.slice(first * width, (first + half) * width));
    const probe = trainProbe(part(0), known.slice(0, half), { classes });
    const read = probe.predict(part(half));
    assertEquals(trainProbe(part(0), known.slice(0, half), { classes }).predict(part(half)), read);
    return read.filter((value, i) => value === truth[half + i]).length / half;
  };
  const right = accuracy(labels, labels);
  assert(right > 0.9, String(right));
  const guessed = labels.map(() => draw.integer(classes));
  assert(accuracy(guessed, labels) < 0.4);
  assertThrows(() => trainProbe(tensor([0, 3]), [], { classes: 2 }), RangeError, "0 samples");
});

Deno.test("distinctScenes() tells scenes apart by what captions mention", () => {
  const scenes = distinctScenes(128, 0, ["thing", "color"]);
  assertEquals(new Set(scenes.map(({ thing, color }) => `${thing} ${color}`)).size, 128);
  const held = scenes.filter(({ thing, color }) => heldOutColor(thing) === color);
  assertEquals(held.length, THING_NAMES.length, "every held-out combination is among them");
  assertThrows(() => distinctScenes(193, 0, ["thing", "color"]), RangeError, '"193"');
});

Deno.test("fullCaption() mentions thing and colour", () => {
  for (let index = 0; index < 100; index++) {
    const one = scene("held-out", index);
    const factors = parseCaption(fullCaption(one));
    assertEquals([factors?.thing, factors?.color], [one.thing, one.color]);
  }
});

async function evalCommand(folder: string): Promise<Command> {
  const modalities = await randomModalities(folder);
  return {
    summary: "",
    help: () => "",
    run: (args, context) => evaluate(args, context, modalities),
  };
}

Deno.test("eval measures each part, prints a table and writes the counts", async () => {
  await using folder = await testFolder();
  const command = await evalCommand(folder.path);
  const out = join(folder.path, "figures.json");
  const sheet = join(folder.path, "sheet.png");
  const measured = ["autoencoder", "gate", "retrieval", "generation", "prompts"];
  const args = ["--quick", "--count=6", "--steps=2", "--threads=1", "--out", out, "--sheet", sheet];
  const context = testContext();
  const all = ["eval", ...measured, ...args];
  assertEquals(await runCommand(all, { eval: command }, context), 0, context.reported());
  const figures = JSON.parse(await Deno.readTextFile(out));
  assertEquals(Object.keys(figures).slice(-measured.length), measured);
  assertEquals(Object.keys(figures.weights).length, 4);
  assertEquals([figures.autoencoder.pictures, figures.autoencoder.original.of], [6, 6]);
  assertEquals(figures.autoencoder.original.right >= 5, true, "the reader reads real pictures");
  assert(figures.autoencoder.psnr < 15, "random weights keep nothing");
  assertEquals(Object.keys(figures.gate), ["thing", "color", "count", "contour", "register"]);
  assert(figures.gate.thing.read.of > 400 && figures.gate.contour.read.of < 300);
  assertEquals(figures.retrieval.image.fromText.of, 128);
  assert(figures.retrieval.image.fromText.right < 20, "random encoders find nothing");
  assertEquals([figures.generation.count, figures.generation.real.both.of], [6, 6]);
  assert(figures.generation.real.color.right >= 5);
  assert(figures.generation.generated.both.right <= 2, "random networks draw nothing");
  const prompted = figures.prompts["text>image"];
  assertEquals([prompted.thing.generated.of, prompted.thing.real.right >= 5], [6, true]);
  assert(prompted.all.generated.right <= 2, "random networks draw nothing");
  const others = Object.keys(figures.prompts).filter((name) => /audio|video/.test(name));
  assertEquals(others, [], "only what is installed is measured");
  for (const title of measured) assert(context.printed().includes(`${title}\n`), title);
  assert(context.printed().includes("goal ≥ 85 %: missed"), context.printed());
  assertEquals((await sharp(await Deno.readFile(sheet)).metadata()).format, "png");

  const json = testContext();
  const again = [
    "eval",
    "generation",
    "--quick",
    "--count=6",
    "--steps=2",
    "--threads=1",
    "--json",
  ];
  assertEquals(await runCommand(again, { eval: command }, json), 0, json.reported());
  assertEquals(JSON.parse(json.printed()).generation, figures.generation);
});

Deno.test("eval names what is wrong on one line, and stops when it is told to", async () => {
  await using folder = await testFolder();
  const command = await evalCommand(folder.path);
  await Deno.remove(join(folder.path, "image.autoencoder.safetensors"));
  const cases: [number, string[], RegExp][] = [
    [
      2,
      ["smell"],
      /^Cannot measure "smell": it is autoencoder, gate, retrieval, generation, prompts or c/,
    ],
    [2, ["gate", "--sheet", "a.png"], /^Cannot use --sheet "a.png" without measuring generation/],
    [2, ["--count", "0"], /^Cannot use --count "0": it is a whole number from 1 to 100000/],
    [1, ["autoencoder", "--threads", "1"], /image.autoencoder.safetensors": it does not exist/],
  ];
  for (const [code, args, message] of cases) {
    const context = testContext();
    assertEquals(await runCommand(["eval", ...args], { eval: command }, context), code);
    assert(message.test(context.reported()), context.reported());
    assertEquals(context.reported().trimEnd().split("\n").length, 1);
  }
  const stopped = testContext({ signal: AbortSignal.abort() });
  const out = join(folder.path, "new.json");
  assertEquals(await runCommand(["eval", "gate", "--out", out], { eval: command }, stopped), 130);
  assertEquals((await namesIn(folder.path)).includes("new.json"), false);
});
