import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { openNetwork } from "../modality/mod.ts";
import { openDevice } from "../runtime/mod.ts";
import { type Tensor, tensor } from "../tensor/mod.ts";
import { type Numbers, partPath, partWeights, withModalities } from "./_testing.ts";
import { load } from "./mod.ts";

const options = { session: { threads: 1 } };
const hears = { hears: true };

function gap(a: Numbers, b: Numbers): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
}

Deno.test("outputs hear each other, and are made by themselves when the environment is off", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const request = { prompts: [words.prompt([1, 0, 0, 0])], seed: 3, steps: 4 } as const;
    const alone = await codi.generate({ ...request, to: ["sketch"] });
    const together = await codi.generate({ ...request, to: ["sketch", "tune"] });
    const apart = await codi.generate({ ...request, to: ["sketch", "tune"], environment: 0 });
    assertEquals(apart.sketch, alone.sketch);
    assert(gap(together.sketch, alone.sketch) > 1e-3, "the tune is heard");
    const deaf = await codi.generate({
      ...request,
      to: ["sketch", "tune"],
      environment: { sketch: 0 },
    });
    assertEquals(deaf.sketch, alone.sketch);
    // It is heard as it is now, not as it would be if it heard.
    assert(gap(deaf.tune, together.tune) > 1e-4);
  }, hears));

Deno.test("outputs are heard ahead of where they are, from the second step on", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const sketchOf = async (steps: number, ahead?: number) => {
      const heard = ahead === undefined ? {} : { ahead };
      const request = { prompts: [words.prompt([1, 0, 0, 0])], seed: 3, steps, ...heard };
      return (await codi.generate({ ...request, to: ["sketch", "tune"] })).sketch;
    };
    assertEquals(await sketchOf(1, 0), await sketchOf(1, 1), "nothing is predicted yet");
    const [now, half, clean] = [await sketchOf(4, 1), await sketchOf(4, 0.5), await sketchOf(4, 0)];
    assertEquals(await sketchOf(4), half);
    assert(gap(now, half) > 1e-4 && gap(half, clean) > 1e-4);
    await assertRejects(() => sketchOf(4, 1.5), RangeError, '"1.5" of their timestep');
  }, hears));

Deno.test("outputs that hear each other may have unequal noise; by itself none is moved", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    // Beside a prompt, all scales above 1 are the same to what is out of time.
    const request = { prompts: [], seed: 3, steps: 4, candidates: 1 } as const;
    const both = { ...request, to: ["sketch", "tune"] } as const;
    const even = await codi.generate(both);
    assertEquals(await codi.generate({ ...both, shift: 1 }), even);
    const moved = await codi.generate({ ...both, shift: { tune: 0.25 } });
    assert(gap(moved.tune, even.tune) > 1e-3, "it has less noise on its way");
    assert(gap(moved.sketch, even.sketch) > 1e-4, "so it is heard otherwise");
    // The tune's own scale of 3 is too much for one that leads; it heeds as one whose own is 2.
    const heeding = async (scale: number, shift: number) =>
      await codi.generate({ ...both, shift: { tune: shift }, environment: { tune: scale } });
    assertEquals(await heeding(3, 0.25), moved, "its own scale may be said");
    assertEquals((await heeding(3, 1)).tune, even.tune, "it does not lead");
    const mild = { ...tune, environment: { ...tune.environment!, guidance: 2 } };
    await using milder = await load([words, sketch, mild], options);
    assertEquals(await milder.generate({ ...both, shift: { tune: 0.25 } }), moved);
    assert(gap((await heeding(6, 0.25)).tune, moved.tune) > 1e-4, "others are in proportion");

    const apart = await codi.generate({ ...both, environment: 0 });
    assertEquals(await codi.generate({ ...both, environment: 0, shift: 0.25 }), apart);
    const deaf = await codi.generate({ ...both, environment: { sketch: 0 }, shift: 0.25 });
    assertEquals(deaf.sketch, apart.sketch);
    const following = { ...request, to: ["sketch"], follow: { tune: [0, 1, 0, 1] } } as const;
    assertEquals(
      await codi.generate({ ...following, shift: 0.25 }),
      await codi.generate(following),
      "what is followed has no noise to be beside",
    );
    await assertRejects(
      () => codi.generate({ ...both, shift: { tune: 0 } }),
      RangeError,
      'shift noise by "0"',
    );
  }, hears));

Deno.test("an output hears whom it has learnt to hear, and strangers softly where there is nobody else", () =>
  withModalities(async ({ words, sketch, tune }) => {
    const sketchOf = async (
      partners: readonly string[],
      to: readonly ("sketch" | "tune" | "beat")[],
      scale?: number,
    ) => {
      const environment = { ...sketch.environment!, partners };
      const beat = { ...tune, name: "beat" as const };
      await using codi = await load([words, { ...sketch, environment }, tune, beat], options);
      const deaf = { tune: 0, beat: 0, ...(scale === undefined ? {} : { sketch: scale }) };
      const request = { prompts: [words.prompt([1, 0, 0, 0])], seed: 3, steps: 4, to };
      return (await codi.generate({ ...request, environment: deaf })).sketch;
    };
    const both = ["sketch", "tune"] as const;
    const all = ["sketch", "tune", "beat"] as const;
    const known = await sketchOf(["tune"], both);
    assertEquals(await sketchOf(["tune"], all), known, "beside it, others are not heard");
    assert(gap(await sketchOf(["tune", "beat"], all), known) > 1e-4);
    const soft = await sketchOf(["nobody"], both);
    assertEquals(soft, await sketchOf(["tune"], both, 0.5));
    assert(gap(soft, known) > 1e-4);
    assertEquals(await sketchOf(["nobody"], both, 3), soft, "its own scale may be said");
    assertEquals(await sketchOf(["nobody"], both, 18), known, "others are in proportion");
  }, hears));

Deno.test("what is followed is heard by those who have learnt to, and by all where nobody has", () =>
  withModalities(async ({ words, sketch, tune }) => {
    // How far the sketch hangs on what is followed, where the tune hears next to nothing.
    const heeds = async (partners: readonly string[], tuneHears: readonly string[]) => {
      const sketched = { ...sketch, environment: { ...sketch.environment!, partners } };
      const tuned = { ...tune, environment: { ...tune.environment!, partners: tuneHears } };
      const beat = { ...tune, name: "beat" as const };
      await using codi = await load([words, sketched, tuned, beat], options);
      const [first, second] = await Promise.all(
        [[1, 2, 3, 4], [4, -3, 2, 1]].map((beat) =>
          codi.generate({
            prompts: [words.prompt([1, 0, 0, 0])],
            to: ["sketch", "tune"],
            seed: 3,
            steps: 4,
            follow: { beat },
            environment: { tune: 1e-9 },
            guidanceOptions: { rescale: 0 },
          })
        ),
      );
      return gap(first!.sketch, second!.sketch);
    };
    assert(await heeds(["beat"], ["beat"]) > 1e-3);
    assertEquals(await heeds(["tune"], ["beat"]), 0);
    assert(await heeds(["tune"], ["sketch"]) > 1e-3, "nobody else does");
  }, hears));

Deno.test("strangers that share time are heard as partners are, unless they have more noise", () =>
  withModalities(async ({ words, sketch, tune }) => {
    const tuneOf = async (
      partners: readonly string[],
      to: readonly ("sketch" | "tune" | "beat")[],
      settings: { readonly shift?: number; readonly scale?: number } = {},
    ) => {
      const { shift = 1, scale } = settings;
      const environment = { ...tune.environment!, partners };
      const beat = { ...tune, name: "beat" as const };
      await using codi = await load([words, sketch, { ...tune, environment }, beat], options);
      const request = { prompts: [words.prompt([1, 0, 0, 0])], seed: 3, steps: 4, to };
      const scales = { sketch: 0, beat: 0, ...(scale === undefined ? {} : { tune: scale }) };
      return (await codi.generate({ ...request, environment: scales, shift: { tune: shift } }))
        .tune;
    };
    const [timed, still] = [["tune", "beat"], ["tune", "sketch"]] as const;
    assertEquals(await tuneOf(["nobody"], timed), await tuneOf(["beat"], timed));
    const leading = { shift: 0.25 };
    const soft = await tuneOf(["nobody"], timed, leading);
    // Among those that lead, 0.5 of a partner is 0.75 of its own scale of 3, at most 2.
    assertEquals(soft, await tuneOf(["beat"], timed, { ...leading, scale: 0.75 }));
    assert(gap(soft, await tuneOf(["beat"], timed, leading)) > 1e-4);
    assert(gap(await tuneOf(["nobody"], still), await tuneOf(["sketch"], still)) > 1e-4);
  }, hears));

Deno.test("hearing its own environment, an output hears nothing of the others", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const sketchOf = async (hearing: "own" | "others", guidance: number) => {
      const request = { prompts: [words.prompt([1, 0, 0, 0])], seed: 3, steps: 4, hearing };
      const to = ["sketch", "tune"] as const;
      return (await codi.generate({ ...request, to, guidance: { tune: guidance } })).sketch;
    };
    assertEquals(await sketchOf("own", 1), await sketchOf("own", 9));
    assert(gap(await sketchOf("others", 1), await sketchOf("others", 9)) > 1e-3);
    assert(gap(await sketchOf("own", 1), await sketchOf("others", 1)) > 1e-3);
  }, hears));

Deno.test("an output without weights for its environment is neither heard nor hears", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const request = { prompts: [words.prompt([1, 0, 0, 0])], seed: 3, steps: 3 } as const;
    const alone = await codi.generate({ ...request, to: ["sketch"] });
    assertEquals(
      (await codi.generate({ ...request, to: ["sketch", "tune"] })).sketch,
      alone.sketch,
    );
  }));

Deno.test("an output whose environment is still to be trained is made by itself, and a notice says so", () =>
  withModalities(async ({ folder, words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const to = ["sketch", "tune"] as const;
    assertEquals(await codi.notices([], { to }), []);
    await Deno.remove(partPath(folder, "tune", "environment"));
    await using later = await load([words, sketch, tune], options);
    const request = { prompts: [words.prompt([1, 0, 0, 0])], seed: 3, steps: 3 } as const;
    const [apart, together] = await Promise.all([
      codi.generate({ ...request, to, environment: 0 }),
      later.generate({ ...request, to }),
    ]);
    assertEquals(together, apart);
    assertEquals(await later.notices([], { to }), [
      '"tune" is made by itself: it was never trained to be made beside other outputs',
    ]);
    assertEquals(await later.notices([], { to: ["tune"] }), [], "there is nothing beside it");
    // What is to follow a sample cannot do without.
    await assertRejects(
      () => later.generate({ ...request, to: ["tune"], follow: { sketch: [1, 2, 3, 4] } }),
      Error,
      'Cannot use the environment of "tune"',
    );
  }, hears));

Deno.test("prompts are ignored at guidance 0, where others are heard, too", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const request = {
      to: ["sketch", "tune"],
      seed: 3,
      steps: 4,
      guidance: 0,
      candidates: 1,
    } as const;
    const nothing = await codi.generate({ ...request, prompts: [] });
    const prompts = [words.prompt([1, 0, 2, 0]), words.prompt([0, 3, 0, 0], { negative: true })];
    assertEquals(await codi.generate({ ...request, prompts }), nothing);
  }, hears));

Deno.test("a sample in a batch hears only its own partner", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const request = { to: ["sketch", "tune"], seed: 9, steps: 4 } as const;
    const prompts = [[words.prompt([1, 0, 2, 0])], [words.prompt([0, 3, 0, 0])], []];
    const batch = await codi.generateBatch({
      ...request,
      prompts: [],
      samples: prompts.map((one, number) => ({ prompts: one, number })),
    });
    for (const [number, one] of prompts.entries()) {
      const [alone] = await codi.generateBatch({ ...request, prompts: one, first: number });
      assert(gap(alone!.sketch, batch[number]!.sketch) < 1e-5);
      assert(gap(alone!.tune, batch[number]!.tune) < 1e-5);
    }
  }, hears));

Deno.test("follow steers what is generated through the followed sample's environment", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const request = { prompts: [], to: ["sketch"], seed: 3, steps: 4 } as const;
    const alone = (await codi.generate(request)).sketch;
    const first = (await codi.generate({ ...request, follow: { tune: [1, 2, 3, 4] } })).sketch;
    const second = (await codi.generate({ ...request, follow: { tune: [4, -3, 2, 1] } })).sketch;
    assert(gap(alone, first) > 1e-3 && gap(first, second) > 1e-3);
    const [, later] = await codi.generateBatch({
      ...request,
      count: 2,
      follow: { tune: [1, 2, 3, 4] },
    });
    const [again] = await codi.generateBatch({
      ...request,
      first: 1,
      follow: { tune: [1, 2, 3, 4] },
    });
    assert(gap(later!.sketch, again!.sketch) < 1e-5, "every sample of a batch follows");
    await assertRejects(
      () => codi.generate({ ...request, follow: { sketch: [1, 2, 3, 4] } }),
      RangeError,
      'Cannot follow "sketch" and generate it',
    );
    await assertRejects(
      () => codi.generate({ ...request, follow: { words: [1, 2, 3, 4] } }),
      RangeError,
      'Cannot follow "words": the plugin has no environment encoder',
    );
    await assertRejects(
      () => codi.candidates({ ...request, follow: { words: [1, 2, 3, 4] } }),
      RangeError,
      'Cannot follow "words": the plugin has no environment encoder',
    );
    await assertRejects(
      () => codi.generate({ ...request, follow: { tune: [1, 2, 3, 4] }, environment: 0 }),
      RangeError,
      'Cannot follow "tune" with an environment scale of 0',
    );
  }, hears));

Deno.test("keep holds a part of a sample and generates the rest", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const sample = [0.5, -1, 2, 1];
    const request = { prompts: [words.prompt([1, 0, 0, 0])], to: ["sketch"], steps: 5 } as const;
    // All kept: the reconstruction of the sample, whatever the prompt.
    const whole = await codi.generate({ ...request, keep: { sketch: { sample, region: "0123" } } });
    await using device = openDevice(options.session);
    const weights = partWeights(sketch, "autoencoder");
    const encoder = openNetwork(sketch.autoencoder!.encoder, weights, device);
    const decoder = openNetwork(sketch.autoencoder!.decoder, weights, device);
    const { latent } = await encoder.run(sketch.autoencoder!.feeds([sample]));
    const { sample: decoded } = await decoder.run({ latent: latent! });
    assert(gap(whole.sketch, [...decoded!.data]) < 2e-2, `${whole.sketch} ${decoded!.data}`);
    let last: Tensor | undefined;
    const steps = codi.generateSteps({ ...request, keep: { sketch: { sample, region: "02" } } });
    for await (const { denoised } of steps) last = denoised["sketch"];
    assertAlmostEquals(last!.data[0]!, latent!.data[0]!, 1e-6);
    assertAlmostEquals(last!.data[2]!, latent!.data[2]!, 1e-6);
    assert(Math.abs(last!.data[1]! - latent!.data[1]!) > 1e-3, "the rest is generated");
    await assertRejects(
      () => codi.generate({ ...request, keep: { tune: { sample, region: "0" } } }),
      RangeError,
      'Cannot keep a part of "tune": it is not among the outputs',
    );
    await assertRejects(
      () => codi.generate({ ...request, keep: { sketch: { sample, region: "7" } } }),
      RangeError,
      'Cannot keep "7" of "sketch": no part of the latent lies in so little',
    );
  }, hears));

Deno.test("keep holds what a mask marks, as it holds the same part told in words", () =>
  withModalities(async ({ words, sketch, tune }) => {
    const { regionMask, latentMask, ...whole } = sketch.autoencoder!;
    const sample = [0.5, -1, 2, 1];
    const mask = tensor([4], Float32Array.of(1, 0, 1, 0));
    const made = async (
      autoencoder: Omit<typeof whole, "regionMask" | "latentMask">,
      region: string | Tensor,
    ) => {
      await using codi = await load([words, { ...sketch, autoencoder }, tune], options);
      const prompts = [words.prompt([1, 0, 0, 0])];
      return await codi.generate({
        ...{ prompts, to: ["sketch"], steps: 3 },
        keep: { sketch: { sample, region } },
      });
    };
    const both = { ...whole, regionMask: regionMask!, latentMask: latentMask! };
    assertEquals(await made(both, mask), await made(both, "02"));
    const cases = [
      [whole, mask, 'Cannot keep a part of "sketch": it is made as a whole'],
      [{ ...whole, regionMask: regionMask! }, mask, "its parts are told in words"],
      [{ ...whole, latentMask: latentMask! }, "02", "its parts are told by masks"],
    ] as const;
    for (const [autoencoder, region, message] of cases) {
      await assertRejects(() => made(autoencoder, region), RangeError, message);
    }
  }, hears));
