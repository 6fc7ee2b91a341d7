import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { tensor } from "../tensor/mod.ts";
import { withModalities } from "./_testing.ts";
import { load } from "./mod.ts";

const options = { session: { threads: 1 } };
const reason = new Error("enough");

Deno.test("every long call rejects with the reason of an aborted signal", () =>
  withModalities(async ({ words, sketch }) => {
    await using codi = await load([words, sketch], options);
    const signal = AbortSignal.abort(reason);
    const prompt = words.prompt([1, 0, 0, 0]);
    const request = { prompts: [prompt], to: ["sketch"], steps: 2, signal } as const;
    const latents = tensor([1, 2, 2]);
    assertEquals((await codi.decode("sketch", latents)).length, 1);
    for (
      const call of [
        () => codi.generate(request),
        () => codi.generateBatch(request),
        () => codi.generateSteps(request).next(),
        () => codi.embed(prompt, { signal }),
        () => codi.similarity(prompt, prompt, { signal }),
        () => codi.notices([prompt], { signal }),
        () => codi.notices([], { signal }),
        () => codi.decode("sketch", latents, { signal }),
      ]
    ) {
      assert(await assertRejects(call) === reason, `${call}`);
    }
  }));

Deno.test("generateSteps() ends within a step when aborted, and the rest stays usable", () =>
  withModalities(async ({ words, sketch, tune }) => {
    await using codi = await load([words, sketch, tune], options);
    const controller = new AbortController();
    const request = {
      prompts: [words.prompt([1, 0, 0, 0])],
      to: ["sketch", "tune"],
      steps: 50,
      count: 2,
    } as const;
    const generation = codi.generateSteps({ ...request, signal: controller.signal });
    let steps = 0;
    const error = await assertRejects(async () => {
      for (; !(await generation.next()).done; steps++) {
        if (steps === 2) controller.abort(reason);
      }
    });
    assert(error === reason);
    assertEquals(steps, 3, "the step after the abort is not told of");
    assertEquals((await generation.next()).done, true);
    const whole = await codi.generateBatch({ ...request, steps: 2 });
    assertEquals(whole.length, 2);
  }));

Deno.test("breaking off generateSteps() leaves the rest usable", () =>
  withModalities(async ({ words, sketch }) => {
    await using codi = await load([words, sketch], options);
    const request = { prompts: [], to: ["sketch"], steps: 5 } as const;
    for await (const { step } of codi.generateSteps(request)) if (step === 1) break;
    assertEquals((await codi.generate(request)).sketch.length, 4);
  }));

Deno.test("close() rejects what is under way and what comes later", () =>
  withModalities(async ({ words, sketch }) => {
    const codi = await load([words, sketch], options);
    const prompt = words.prompt([1, 0, 0, 0]);
    await codi.embed(prompt);
    const pending = assertRejects(
      () => codi.generate({ prompts: [prompt], to: ["sketch"], steps: 200 }),
      Error,
      "The device is closed",
    );
    await codi.close();
    await pending;
    await assertRejects(() => codi.embed(prompt), Error, "The device is closed");
    await codi.close();
  }));

Deno.test("a process that aborts a generation and closes ends without a word", async () => {
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args: [
      "run",
      "--no-prompt",
      "--allow-read",
      "--allow-write",
      "--allow-ffi",
      "--allow-env=npm_package_config_libvips,MALLOC_ARENA_MAX",
      fromFileUrl(new URL("./abort_testing.ts", import.meta.url)),
    ],
    stdin: "null",
  }).output();
  const [said, complained] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assertEquals([code, said, complained], [0, "enough\n", ""]);
});
