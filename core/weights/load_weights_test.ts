import { assertEquals, assertRejects } from "@std/assert";
import { tensor } from "../tensor/mod.ts";
import { encodeSafetensors, loadBytes, loadWeights } from "./mod.ts";

Deno.test("loadWeights() fetches a file once, and names what it cannot", async () => {
  let [asked, late] = [0, 0];
  const bytes = encodeSafetensors({ bias: tensor([2], Float32Array.of(1, 2)) });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    asked++;
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("a.safetensors")) return new Response(bytes);
    if (pathname.endsWith("text")) return new Response("no weights");
    if (pathname.endsWith("later")) return new Response(late++ === 0 ? "log in here" : bytes);
    return new Response("", { status: pathname.endsWith("none") ? 404 : 500 });
  });
  // An address of its own: what earlier tests have fetched is kept.
  const url = (name: string) =>
    new URL(`http://127.0.0.1:${server.addr.port}/${crypto.randomUUID()}/${name}`);
  try {
    const weights = url("a.safetensors");
    assertEquals((await loadWeights(weights)).tensors["bias"]!.data, Float32Array.of(1, 2));
    assertEquals((await loadWeights(weights)).tensors["bias"]!.data, Float32Array.of(1, 2));
    assertEquals(asked, 1);
    await assertRejects(() => loadBytes(url("none")), Deno.errors.NotFound, "says 404");
    await assertRejects(() => loadBytes(url("broken")), Error, "the server says 500");
    const text = url("text");
    await assertRejects(() => loadWeights(text), SyntaxError, `Cannot read "${text}"`);
    // A broken answer is not kept.
    const later = url("later");
    await assertRejects(() => loadWeights(later), SyntaxError, `Cannot read "${later}"`);
    assertEquals((await loadWeights(later)).tensors["bias"]!.shape, [2]);
    for (const kept of [weights, later]) await (await caches.open("codi-weights")).delete(kept);
  } finally {
    await server.shutdown();
  }
  await assertRejects(() => loadBytes(new URL("data:,a")), RangeError, 'Cannot read "data:,a"');
  await assertRejects(
    () => loadBytes(new URL("https://weights.example/a")),
    Error,
    'Cannot fetch "https://weights.example/a": permit it with --allow-net=weights.example',
  );
});
