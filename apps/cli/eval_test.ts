import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { heldOutColor, THING_NAMES } from "@codi/band";
import { random } from "@codi/core/random";
import { tensor } from "@codi/core/tensor";
import { join } from "@std/path";
import sharp from "sharp";
import type { Command } from "./command.ts";
import { namesIn, randomModalities, testContext, testFolder } from "./_testing.ts";
import { evaluate } from "./eval/evaluate.ts";
import { chanceOf, chanceOfAll } from "./eval/figures.ts";
import { trainProbe } from "./eval/linear_probe.ts";
import { distinctScenes } from "./eval/retrieval.ts";
import { entropy, medianOf, pictureError, psnr, shareOf } from "./eval/statistics.ts";
import { evaluationMarkdown } from "./eval/report/markdown.ts";
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

Deno.test("chanceOfAll() is what one answer gives for all factors at once", () => {
  assertEquals(chanceOfAll(["thing"]), chanceOf("thing"));
  // In a held-out scene the thing has one colour.
  assertEquals(chanceOfAll(["thing", "color"]), chanceOf("thing"));
  const melody = chanceOfAll(["thing", "count", "contour", "register"]);
  assert(melody > 0.01 && melody < chanceOf("thing"), `${melody}`);
});

async function evalCommand(folder: string): Promise<Command> {
  const modalities = await randomModalities(folder);
  return {
    summary: "",
    help: () => "",
    run: (args, context) => evaluate(args, context, modalities),
  };
}

const QUICK = ["--quick", "--count=7", "--steps=2", "--threads=1"];

Deno.test("eval measures parts, writes the report, and measures nothing twice", async () => {
  await using folder = await testFolder();
  const command = await evalCommand(folder.path);
  const run = join(folder.path, "run");
  const measured = ["gate", "retrieval", "autoencoder", "prompts", "distribution", "gallery"];
  const context = testContext();
  const all = ["eval", ...measured, ...QUICK, "--run", run];
  assertEquals(await runCommand(all, { eval: command }, context), 0, context.reported());
  const read = async (name: string) => await Deno.readTextFile(join(run, name));
  const evaluation = JSON.parse(await read("evaluation.json"));
  assertEquals(Object.keys(evaluation.parts), measured);
  assertEquals(Object.keys(evaluation.about.weights).length, 6, "four parts and two readers");
  const counts = (part: string) => evaluation.parts[part].counts;
  assertEquals([counts("autoencoder").pictures, counts("autoencoder").original.of], [48, 48]);
  assert(counts("autoencoder").original.right >= 45, "the reader reads real pictures");
  assert(counts("autoencoder").psnr < 15, "random weights keep nothing");
  assertEquals(Object.keys(counts("gate")), ["thing", "color", "count", "contour", "register"]);
  assert(counts("gate").thing.read.of > 400 && counts("gate").contour.read.of < 300);
  assertEquals(counts("retrieval").image.fromText.of, 128);
  assert(counts("retrieval").image.fromText.right < 20, "random encoders find nothing");
  const prompted = counts("prompts")["text>image"];
  assertEquals([prompted.thing.of, prompted.color.of], [7, 7]);
  assert(prompted.all.right <= 2, "random networks draw nothing");
  const others = Object.keys(counts("prompts")).filter((name) => /audio|video/.test(name));
  assertEquals(others, [], "only what is installed is measured");
  const image = counts("distribution").image;
  assert(
    image.frechet > image.floor,
    `${image.frechet}, ${image.floor}: random pictures are unlike real ones`,
  );
  assertEquals(counts("gallery"), { image: { samples: 2 } });

  assertEquals(await read("evaluation.md"), evaluationMarkdown(evaluation));
  const gallery = await read("gallery.md");
  assert(gallery.includes("gallery/image.webp"), gallery);
  const sheet = await Deno.readFile(join(run, "gallery", "image.webp"));
  assertEquals((await sharp(sheet).metadata()).format, "webp");
  const page = await read("page.html");
  assertEquals(/(src|href)="(?!data:|#)/.test(page), false, "the page needs nothing else");
  assert(page.includes("data:image/png;base64,") && page.includes("Environment not trained"));
  assert(context.printed().includes("≥ 85 %, goal ≥ 95 %: missed"), context.printed());

  // Later everything is known, though no minute is left; another setting would have to be measured.
  const json = testContext();
  const again = ["eval", "prompts", ...QUICK, "--run", run, "--minutes", "0", "--json"];
  assertEquals(await runCommand(again, { eval: command }, json), 0, json.reported());
  assertEquals(JSON.parse(json.printed()), evaluation);
  const changed = testContext();
  const more = ["eval", "prompts", ...QUICK.with(2, "--steps=3"), "--run", run, "--minutes", "0"];
  assertEquals(await runCommand(more, { eval: command }, changed), 0, changed.reported());
  assert(changed.reported().includes("the minutes were over"), changed.reported());
  const { counts: later, notes } = JSON.parse(await read("evaluation.json")).parts.prompts;
  assertEquals(later, {}, "real samples hang on no number of steps, but all others do");
  assertEquals(notes[0], "Not finished: 14 of 28 samples are done");
});

Deno.test("eval publishes one part beside others that were measured in the same way", async () => {
  await using folder = await testFolder();
  const command = await evalCommand(folder.path);
  const path = (...names: string[]) => join(folder.path, ...names);
  const publish = async (part: string, run: string, how: readonly string[] = QUICK) => {
    const to = ["--run", path(run), "--publish", path("docs")];
    const context = testContext();
    const args = ["eval", part, ...how, ...to];
    assertEquals(await runCommand(args, { eval: command }, context), 0, context.reported());
    const evaluation = JSON.parse(await Deno.readTextFile(path("docs", "evaluation.json")));
    const markdown = await Deno.readTextFile(path("docs", "evaluation.md"));
    assertEquals(markdown, evaluationMarkdown(evaluation));
    return evaluation.parts;
  };
  const { autoencoder } = await publish("autoencoder", "one");
  const both = await publish("gate", "other");
  assertEquals(Object.keys(both), ["gate", "autoencoder"], "in the order of the report");
  assertEquals(both.autoencoder, autoencoder);
  const late = await publish("retrieval", "other", [...QUICK, "--minutes=0"]);
  assertEquals(late, both, "what could not be measured replaces nothing");
  const slow = await publish("gate", "other", QUICK.with(2, "--steps=3"));
  assertEquals(Object.keys(slow), ["gate"], "the others had other settings");
  await Deno.writeTextFile(path("docs", "evaluation.json"), "{");
  assertEquals(Object.keys(await publish("gate", "other")), ["gate"]);
});

Deno.test("eval names what is wrong, and stops when it is told to", async () => {
  await using folder = await testFolder();
  const command = await evalCommand(folder.path);
  const run = join(folder.path, "run");
  const cases: [string[], RegExp][] = [
    [["smell"], /^Cannot measure "smell": it is gate, retrieval, autoencoder, .* or retrained\n$/],
    [
      ["prompts", "--only=text>image", "--publish=docs"],
      /^Cannot use --publish "docs" with --only: rows that are left out would be lost/,
    ],
    [["gate", "--only", "text>image"], /^Cannot use --only "text>image" here: it chooses among/],
    [["--count", "0"], /^Cannot use --count "0": it is a whole number from 1 to 4096/],
  ];
  for (const [args, message] of cases) {
    const context = testContext();
    assertEquals(await runCommand(["eval", ...args], { eval: command }, context), 2);
    assert(message.test(context.reported()), context.reported());
    assertEquals(context.reported().trimEnd().split("\n").length, 1);
  }
  await Deno.remove(join(folder.path, "image.autoencoder.safetensors"));
  const untrained = testContext();
  const args = ["eval", "prompts", ...QUICK, "--run", run];
  assertEquals(await runCommand(args, { eval: command }, untrained), 0, untrained.reported());
  assert(untrained.printed().includes("not measured: image/autoencoder is not trained"));
  const estimate = testContext();
  const asked = ["eval", "gate", "--estimate", "--run", join(folder.path, "none")];
  assertEquals(await runCommand(asked, { eval: command }, estimate), 0);
  assert(/gate +about .*0 of 1 pieces known/.test(estimate.printed()), estimate.printed());
  const stopped = testContext({ signal: AbortSignal.abort() });
  const none = ["eval", "gate", "--run", join(folder.path, "none")];
  assertEquals(await runCommand(none, { eval: command }, stopped), 130);
  assertEquals((await namesIn(folder.path)).includes("none"), false);
});
