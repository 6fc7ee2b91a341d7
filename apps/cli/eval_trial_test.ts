import { assert, assertEquals, assertRejects } from "@std/assert";
import { drawImage, openArt, parseCaption, scene, STYLES, TRAINING_STYLES } from "@codi/band";
import { testFolder } from "./_testing.ts";
import { nearestDrawing } from "./eval/metrics/nearest_drawing.ts";
import { pack, unpack, unpackRows } from "./eval/packed.ts";
import type { Found, Part } from "./eval/part.ts";
import { joint } from "./eval/parts/joint.ts";
import { JOINT_ROWS, jointTrial } from "./eval/parts/joint_rows.ts";
import { matrix, SUBSETS } from "./eval/parts/matrix.ts";
import { synchrony } from "./eval/parts/synchrony.ts";
import { planPart } from "./eval/measure_part.ts";
import { openPieces, type Piece, TimeOverError } from "./eval/pieces.ts";
import type { Lab } from "./eval/lab.ts";
import { measurePieces, piecesOf, runTrial, type TrialPiece, whyNot } from "./eval/run_trial.ts";
import { askedOf, type Sampled, type SeenSample, type Trial } from "./eval/trial.ts";
import { wordsOf } from "./eval/wordings.ts";

const SCALE: Found["scale"] = {
  quick: true,
  seeds: 1,
  share: 1,
  count: undefined,
  of: (_, few) => few,
};

/** A sample of a held-out scene whose outputs were read as given. */
function sampled(index: number, seen: Readonly<Record<string, Omit<SeenSample, "embedding">>>) {
  const embedding = pack(Float32Array.of(1));
  const all = Object.entries(seen).map(([name, one]) => [name, { ...one, embedding }]);
  return {
    seed: 0,
    index,
    split: "held-out",
    from: ["text"],
    seen: Object.fromEntries(all),
  } as Sampled;
}

const found = (samples: Found["samples"]): Found => ({
  samples,
  missing: {},
  measured: {},
  joined: ["image", "video", "audio", "text"],
  scale: SCALE,
});

Deno.test("askedOf() gives the first samples of each seed when fewer are asked for", () => {
  const trial = { inputs: [["text"], ["image"]], to: ["audio"], seeds: 2, count: 6 };
  const [few, all] = [askedOf({ ...trial, count: 3 }), askedOf(trial)];
  few.forEach((some, seed) => assertEquals(some, all[seed]!.slice(0, 3)));
  const scenes = all.flat().map(({ index }) => index);
  assertEquals(new Set(scenes).size, 12, "no two samples share a scene");
  assertEquals(all[1]!.map(({ from }) => from[0]), [
    "text",
    "image",
    "text",
    "image",
    "text",
    "image",
  ]);
});

Deno.test("planPart() takes a share of the samples in whole pieces, so that more goes on from less", () => {
  const trial = { inputs: [[]], to: ["text"], seeds: 1, real: true };
  const part: Part = {
    name: "test",
    title: "",
    about: "",
    trials: () => ({ many: { ...trial, count: 100 }, few: { ...trial, count: 6 } }),
    report: () => ({ rows: [], counts: {} }),
  };
  const lab = {
    modalities: [{ name: "text" }],
    digests: { "text/promptEncoder": "0" },
    joined: [],
  } as unknown as Lab;
  const counts = (share: number) => {
    const { trials } = planPart(part, { ...SCALE, share }, lab, undefined);
    return [trials["many"]!.count, trials["few"]!.count];
  };
  assertEquals([counts(1), counts(0.2), counts(0.01)], [[100, 6], [32, 6], [16, 6]]);
});

Deno.test("runTrial() takes what was measured before once the time is over", async () => {
  const pieces = (over: (asked: readonly { index: number }[]) => boolean) => ({
    measure: (
      { options: { asked, to } }: { options: { asked: { index: number }[]; to: string[] } },
    ) =>
      over(asked)
        ? Promise.reject(new TimeOverError("over"))
        : Promise.resolve(asked.map((one) => ({ ...one, seen: { [to[0]!]: {} } }))),
  });
  const trial = { inputs: [[]], to: ["text", "image"], seeds: 1, count: 40, real: true };
  const run = (over: Parameters<typeof pieces>[0]) =>
    runTrial(
      {
        modalities: [],
        digests: {},
        joined: [],
        settings: { sampler: "ddim", steps: 1 },
        signal: new AbortController().signal,
        pieces: pieces(over),
      } as unknown as Lab,
      trial,
      0,
    );
  const all = await run(() => false);
  assertEquals([all.samples.length, all.whole], [40, true]);
  let measured = 0;
  const some = await run(() => ++measured > 4);
  // Three pieces of sentences, and the first one of pictures.
  assertEquals([some.samples.length, some.whole], [16, false]);
  assertEquals(Object.keys(some.samples[0]!.seen), ["text", "image"]);
  assertEquals(await run(() => true), { samples: [], whole: false });
});

Deno.test("measurePieces() gives the next piece to who is free, and stops where one fails", async () => {
  const names = Array.from({ length: 6 }, (_, i) => `piece ${i}`);
  const pieces = names.map((name) =>
    ({ options: name, asked: [], seconds: 2, kind: "samples" }) as unknown as TrialPiece
  );
  const begun: string[] = [];
  const crewOf = (measure: (name: string) => Promise<void>) =>
    [0, 1].map((lab) =>
      ({
        signal: new AbortController().signal,
        pieces: {
          measure: ({ options }: { options: string }) => {
            begun.push(`${lab}: ${options}`);
            return measure(options);
          },
        },
      }) as unknown as Lab
    );
  let seconds = 0;
  const slow = Promise.withResolvers<void>();
  const crew = crewOf(async (name) => {
    if (name === "piece 0") await slow.promise;
    if (name === "piece 5") slow.resolve();
  });
  await measurePieces(crew, pieces, (more) => seconds += more);
  assertEquals(begun, ["0: piece 0", ...names.slice(1).map((name) => `1: ${name}`)]);
  assertEquals(seconds, 12);

  begun.length = 0;
  const broken = crewOf(async (name) => {
    await Promise.resolve();
    if (name === "piece 1") throw new Error("broken");
    if (name === "piece 0") throw new TimeOverError("over");
  });
  await assertRejects(() => measurePieces(broken, pieces), Error, "broken");
  assert(begun.length < 5, begun.join());
});

Deno.test("openPieces() measures once, keeps what it found, and stops between pieces", async () => {
  await using folder = await testFolder();
  let [clock, ran] = [0, 0];
  const open = (minutes?: number, readers = { image: "0a" }) =>
    openPieces(folder.path, { now: () => clock, minutes, readers });
  const piece = (options: unknown): Piece<unknown> => ({
    kind: "test",
    options,
    seconds: 2,
    run: () => {
      clock += 6000;
      return Promise.resolve({ ran: ++ran, nothing: undefined });
    },
  });
  const first = open();
  assertEquals(await first.measure(piece({ a: 1 })), { ran: 1 }, "as JSON gives it back");
  assertEquals([await first.has(piece({ a: 1 })), await first.has(piece({ a: 2 }))], [true, false]);
  const later = open(0);
  assertEquals(await later.measure(piece({ a: 1 })), { ran: 1 }, "read, though the time is over");
  await assertRejects(() => later.measure(piece({ a: 2 })), TimeOverError);
  assertEquals(await open(1).measure(piece({ a: 2 })), { ran: 2 });
  assertEquals(await open(1, { image: "0b" }).has(piece({ a: 1 })), false, "another judge");
  for await (const { name } of Deno.readDir(`${folder.path}/test`)) {
    await Deno.writeTextFile(`${folder.path}/test/${name}`, "{");
  }
  await assertRejects(() => open().measure(piece({ a: 1 })), SyntaxError, "measure it again");
});

Deno.test("pack() and unpack() keep numbers", () => {
  const values = Float32Array.of(0.1, -2, 1e-9);
  assertEquals(unpack(pack(values)), values);
  assertEquals(unpackRows([pack(values), pack(values)]).shape, [2, 3]);
});

Deno.test("wordsOf() says the same in another grammar, misspelt and in capitals", () => {
  for (let index = 0; index < 100; index++) {
    const one = scene("held-out", index);
    const mention = ["thing", "color", "count", "contour", "register"] as const;
    const usual = parseCaption(wordsOf(one, mention));
    assertEquals(usual?.thing, one.thing);
    assertEquals(parseCaption(wordsOf(one, mention, "capitals")), usual);
    const misspelt = wordsOf(one, mention, "misspelt");
    assert(misspelt !== wordsOf(one, mention));
    assertEquals([...misspelt].sort(), [...wordsOf(one, mention)].sort());
    const other = wordsOf(one, mention, "second grammar");
    assertEquals(parseCaption(other), undefined, other);
    assert(
      other.toLowerCase().includes(one.thing) && other.toLowerCase().includes(one.color),
      other,
    );
    const plain = wordsOf(one, ["thing"], "second grammar");
    assert(!/[{}]|,,|,\./.test(other + plain), `${other} ${plain}`);
  }
});

Deno.test("nearestDrawing() finds a drawing wherever it stands, and no other near", async () => {
  const art = await openArt({ styles: STYLES.map(({ name }) => name) });
  const training: readonly string[] = TRAINING_STYLES;
  const known = art.drawings.filter(({ style }) => training.includes(style));
  for (let index = 0; index < 6; index++) {
    const one = scene("test", index);
    const near = nearestDrawing(drawImage(one, art), known);
    assertEquals([near.thing, near.style], [one.thing, one.style]);
    assert(near.distance < 0.1, String(near.distance));
    const others = known.filter(({ thing }) => thing !== one.thing);
    const other = nearestDrawing(drawImage(one, art), others).distance;
    assert(other > 3 * near.distance, `${other} against ${near.distance}`);
  }
});

Deno.test("joint counts agreement on style, and shuffles within one thing", () => {
  const row = JOINT_ROWS.find(({ agree }) => agree === "style")!;
  const styles = ["noto", "twemoji"] as const;
  const guitars = Array.from({ length: 400 }, (_, i) => i)
    .filter((index) => scene("held-out", index).thing === "guitar").slice(0, 8);
  const made = guitars.map((index, i) =>
    sampled(index, {
      image: { style: styles[i % 2]!, thing: "guitar" },
      video: { style: styles[i % 2]!, thing: "guitar" },
    })
  );
  const apart = made.map((one, i) =>
    sampled(one.index, { image: { style: "noto" }, video: { style: styles[Number(i > 1)]! } })
  );
  const { counts, rows } = joint.report(found({
    [`${row.name}, joint`]: made,
    [`${row.name}, apart`]: apart,
    [`${row.name}, real`]: made,
  }));
  // deno-lint-ignore no-explicit-any
  const figures = (counts as any)[row.name];
  assertEquals([figures.equal.right, figures.equal.of, figures.kappa.value], [8, 8, 1]);
  assertEquals(
    [figures.shuffled.right, figures.shuffled.of],
    [0, 8],
    "neighbours have the other style",
  );
  assertEquals([figures.apart.equal.right, figures.apart.kappa.value], [2, 0]);
  assertEquals(rows[0]!.verdict, "goal met");
  assertEquals(rows.find(({ name }) => name.includes("entropy"))!.verdict, "goal met");
  assertEquals([figures.kappaWithin.value, figures.apart.kappaWithin.value], [1, 0]);
  assertEquals([figures.gain.value, figures.gain.of], [0.75, 8], "paired by scene");
  const lost = rows.find(({ name }) => name.includes("points lost"))!;
  assert(lost.value.startsWith("-100.0"), "things are read in joint samples alone");
});

Deno.test("joint asks the same of a row and its control, but for the environment and beginnings", () => {
  for (const row of JOINT_ROWS) {
    const { environment, ...apart } = jointTrial(row, "apart", SCALE);
    const { candidates, ...together } = jointTrial(row, "joint", SCALE);
    assertEquals([environment, candidates, apart], [0, "shipped", together]);
  }
});

Deno.test("synchrony counts exact slots, and less once the clip is moved", () => {
  const rhythms = [[0, 4, 8], [1, 6], [3], [2, 9, 12]];
  const made = rhythms.map((slots, i) =>
    sampled(i, {
      audio: { slots, peaks: slots },
      video: { slots: i === 0 ? [0, 4, 9] : slots, peaks: i === 2 ? [] : slots },
    })
  );
  const { counts } = synchrony.report(found({ joint: made }));
  // deno-lint-ignore no-explicit-any
  const figures = counts as any;
  assertEquals(figures["joint: F1 of exact slots"].value.value, 2 * 8 / 18);
  assertEquals(figures["joint: F1 of exact slots"].shifted[2].value, 2 * 2 / 17);
  assertEquals(
    figures["joint: AV-Align"].value.value,
    3 / 4,
    "a still clip under a sound counts 0",
  );
});

Deno.test("matrix has 225 cells, and counts what prompts carry and outputs share", () => {
  assertEquals([SUBSETS.length, new Set(SUBSETS.map(String)).size], [15, 15]);
  assertEquals(Object.keys(matrix.trials!(SCALE)).length, 15);
  const [one, two] = [scene("held-out", 0), scene("held-out", 1)];
  const right = { thing: one.thing, color: one.color, style: "noto" };
  const wrong = { thing: two.thing, color: one.color, style: "noto", slots: [1] };
  assert(one.thing !== two.thing);
  const sample = { ...sampled(0, { image: right, video: wrong }), from: ["image"] };
  const { counts, rows } = matrix.report(found({ "image+video": [sample] }));
  // Thing and colour of both; thing, colour and style between them.
  // deno-lint-ignore no-explicit-any
  const cell = (counts as any).cells["image"]["image+video"];
  assertEquals(cell, { inputs: [3, 4], between: [2, 3] });
  assertEquals(rows[0]!.verdict, "missed");
});

Deno.test("piecesOf() takes joint and apart for one where no environment is trained", () => {
  const names = ["text", "image", "video"];
  const parts = ["promptEncoder", "autoencoder", "diffusion", "environment"];
  const digests = Object.fromEntries(
    names.flatMap((name) => parts.map((part) => [`${name}/${part}`, `${name} ${part}`])),
  );
  const modalities = names.map((name) => ({ name }));
  const settings = { sampler: "dpm++", steps: 25 };
  const lab = (joined: readonly string[]) =>
    ({ modalities, digests, settings, joined }) as unknown as Lab;
  const row = JOINT_ROWS.find(({ agree }) => agree === "style")!;
  const optionsOf = (of: Lab, variant: "joint" | "apart") =>
    piecesOf(of, jointTrial(row, variant, SCALE)).map(({ options }) => JSON.stringify(options));
  assertEquals(optionsOf(lab([]), "joint"), optionsOf(lab([]), "apart"));
  const [joint] = optionsOf(lab(names), "joint");
  const [apart] = optionsOf(lab(names), "apart");
  assert(joint!.includes("video environment") && !apart!.includes("video environment"));
  assert(joint!.includes("text promptEncoder") && !joint!.includes("text diffusion"));
  assertEquals(
    optionsOf(lab([]), "apart"),
    optionsOf(lab(names), "apart"),
    "what is apart hangs on no environment",
  );
  const picture = { ...jointTrial(row, "joint", SCALE), to: ["image"] };
  assertEquals(
    piecesOf(lab(names), picture).map(({ options }) => JSON.stringify(options)),
    [apart],
    "what is apart is what an output is alone",
  );

  const followed = { inputs: [[]], to: ["video"], follow: ["image"], seeds: 1, count: 1 };
  assertEquals(whyNot(lab([]), followed), "environment not trained");
  assertEquals(whyNot(lab(names), followed), undefined);
  const { follow: _, ...alone } = followed;
  assertEquals(whyNot(lab([]), alone), undefined);
  assertEquals(whyNot(lab([]), { ...alone, to: ["smell"] }), "smell is not installed");
});

Deno.test("piecesOf() tries one beginning of each sample, or as many as a network has by itself", () => {
  const names = ["text", "image", "video"];
  const modalities = names.map((name) => ({
    name,
    diffusion: { candidates: name === "video" ? 4 : undefined },
  }));
  const optionsOf = (trial: Partial<Trial>, candidates?: number) => {
    const settings = { sampler: "dpm++", steps: 25, candidates };
    const lab = { modalities, digests: {}, settings, joined: names } as unknown as Lab;
    const inputs = [["text"]];
    return piecesOf(lab, { inputs, to: ["video"], seeds: 1, count: 1, ...trial })
      .map(({ options }) => (options as { candidates?: number }).candidates);
  };
  assertEquals(optionsOf({}), [undefined], "one");
  assertEquals(optionsOf({ candidates: "shipped" }), [4]);
  assertEquals(optionsOf({ candidates: 2 }), [2]);
  assertEquals(optionsOf({}, 8), [8]);
  assertEquals(optionsOf({ candidates: "shipped", to: ["image"] }), [undefined]);
  assertEquals(optionsOf({ candidates: "shipped", to: ["image", "video"] }), [undefined]);
  assertEquals(optionsOf({ candidates: "shipped", follow: ["image"] }), [undefined]);
  assertEquals(optionsOf({ candidates: "shipped", inputs: [[]] }), [undefined]);
  assertEquals(optionsOf({ candidates: "shipped" }, 2), [2], "as told");
  const nothing = { candidates: "shipped", inputs: [[]], to: ["image", "video"] } as const;
  assertEquals(optionsOf(nothing), [3]);
  assertEquals(optionsOf({ ...nothing, environment: 0 }), [undefined, undefined]);
  assertEquals(optionsOf({ ...nothing, follow: ["text"] }), [undefined]);
  assertEquals(optionsOf({ candidates: 4, real: true }), [undefined]);
});
