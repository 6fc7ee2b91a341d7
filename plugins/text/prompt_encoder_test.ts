import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { similarity } from "@codi/core/conditioning";
import { openNetwork, SPACE_WIDTH, traceNetwork, weightShapes } from "@codi/core/modality";
import { Scope } from "@codi/core/nn";
import { openDevice } from "@codi/core/runtime";
import { textPromptEncoder } from "./prompt_encoder.ts";

const encoder = textPromptEncoder({ wordWidth: 16, width: 16, blocks: 1 });

/** Embeds texts with random weights. */
async function withEmbed(
  test: (embed: (...texts: string[]) => Promise<Float32Array[]>) => Promise<void>,
): Promise<void> {
  const scope = new Scope();
  traceNetwork(encoder.network, scope, 1);
  await using device = openDevice({ threads: 1 });
  const running = openNetwork(encoder.network, scope.initialWeights(1), device);
  await test(async (...texts) => {
    const { embedding } = await running.run(encoder.feeds(texts));
    assertEquals(embedding!.shape, [texts.length, SPACE_WIDTH]);
    return texts.map((_, i) => embedding!.data.slice(i * SPACE_WIDTH, (i + 1) * SPACE_WIDTH));
  });
}

Deno.test("textPromptEncoder() names its weights by the path through the code", () => {
  const shapes = weightShapes(encoder.network);
  assertEquals(shapes["ngrams"], [4096, 16]);
  assertEquals(shapes["positions"], [24, 16]);
  assertEquals(shapes["out.weight"], [SPACE_WIDTH, 16]);
  assertEquals(shapes["center"], [SPACE_WIDTH]);
  assert(Object.keys(shapes).some((name) => name.startsWith("blocks.0.")));
});

Deno.test("textPromptEncoder() embeds any text as a vector of length 1, in any batch", () =>
  withEmbed(async (embed) => {
    const texts = [
      "a guitar",
      "",
      "!!!",
      "\ud800",
      "גיטרה",
      "x".repeat(10_000),
      "word ".repeat(99),
    ];
    const together = await embed(...texts);
    for (const [index, text] of texts.entries()) {
      const [alone] = await embed(text);
      assertAlmostEquals(Math.hypot(...alone!), 1, 1e-5);
      alone!.forEach((value, i) => assertAlmostEquals(value, together[index]![i]!, 1e-5));
    }
  }));

Deno.test("textPromptEncoder() reads words and their order, and no more than 24", () =>
  withEmbed(async (embed) => {
    const [plain, spelt, turned, short, misspelt, other] = await embed(
      "a blue guitar",
      "  A BLUE, guitar!! ",
      "guitar blue a",
      "a blue",
      "a blue guittar",
      "a blue xylophone",
    );
    assertEquals(spelt, plain);
    assert(similarity(turned!, plain!) < 0.9999, "order");
    assert(similarity(short!, plain!) < 0.999, "a word more");
    // Even untrained, a misspelt word lies nearer than another one.
    assert(similarity(misspelt!, plain!) > similarity(other!, plain!));
    const words = Array.from({ length: 24 }, (_, i) => `w${i}`).join(" ");
    const [whole, more] = await embed(words, `${words} guitar`);
    assertEquals(more, whole);
  }));
