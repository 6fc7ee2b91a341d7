import { assert, assertEquals } from "@std/assert";
import { testServer, words } from "./server_testing.ts";

interface Told {
  readonly id: string;
  readonly event: string;
  // deno-lint-ignore no-explicit-any
  readonly data: any;
}

/** Reads a stream of events until it ends, or until enough were read. */
async function* readEvents(response: Response): AsyncGenerator<Told> {
  let text = "";
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    for (let end; (end = text.indexOf("\n\n")) >= 0;) {
      const lines = text.slice(0, end).split("\n").map((line) => line.split(/: (.*)/s));
      text = text.slice(end + 2);
      const { id, event, data } = Object.fromEntries(lines);
      if (event !== undefined) yield { id, event, data: JSON.parse(data) };
    }
  }
}

Deno.test("GET …/events tells every step, previews and the end", async () => {
  await using server = await testServer();
  const { id } = await (await server.generate({
    prompts: [words("a bell on a red background")],
    to: ["image", "text", "audio", "video"],
    steps: 5,
    preview: 2,
  })).json();
  const response = await server.request(`/v1/generations/${id}/events`);
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  const told: Told[] = [];
  for await (const event of readEvents(response)) {
    told.push(event);
    if (told.length === 1) server.run();
  }
  assertEquals(told[0]!.data, { status: "waiting", position: 0 });
  assertEquals(told[1]!.data.status, "running");
  const steps = told.filter(({ event }) => event === "step").map(({ data }) => data.step);
  assertEquals(steps, [1, 2, 3, 4, 5]);
  const previews = told.filter(({ event }) => event === "preview").map(({ data }) => data);
  assertEquals(previews.map(({ step }) => step), [2, 4]);
  assertEquals(
    previews[0].outputs.map(({ name, mediaType }: Record<string, string>) => [name, mediaType]),
    [["image", "image/png"], ["text", "text/plain"], ["audio", "image/png"], [
      "video",
      "image/webp",
    ]],
  );
  const [picture] = previews.map(({ outputs }) => Uint8Array.fromBase64(outputs[0].data));
  assertEquals([...picture!.subarray(1, 4)], [...new TextEncoder().encode("PNG")]);
  const { event, id: last, data } = told.at(-1)!;
  assertEquals([event, last, data.status, data.outputs.length], ["done", "done", "done", 4]);
  assertEquals(new Set(told.map(({ id }) => id)).size, told.length);

  const again = await server.request(`/v1/generations/${id}/events`, {
    headers: { "Last-Event-ID": "done" },
  });
  assertEquals(again.status, 204);
  const late = await Array.fromAsync(
    readEvents(await server.request(`/v1/generations/${id}/events`)),
  );
  assertEquals(late.map(({ event }) => event), ["done"]);
});

Deno.test("GET …/events goes on after the last event that was seen", async () => {
  await using server = await testServer();
  const { id } = await (await server.generate({ to: ["image"], steps: 6, preview: 0 })).json();
  const path = `/v1/generations/${id}/events`;
  server.run();
  let seen: Told | undefined;
  for await (const event of readEvents(await server.request(path))) {
    seen = event;
    if (event.event === "step" && event.data.step === 2) break; // the connection breaks off
  }
  await server.over(id);
  const rest = await Array.fromAsync(readEvents(
    await server.request(path, { headers: { "Last-Event-ID": seen!.id } }),
  ));
  assertEquals(rest.map(({ event, data }) => data.step ?? event).slice(0, 4), [3, 4, 5, 6]);
  assertEquals(rest.at(-1)!.event, "done");
  const unknown = await Array.fromAsync(readEvents(
    await server.request(path, { headers: { "Last-Event-ID": "12345678-7" } }),
  ));
  assertEquals(unknown.map(({ event }) => event), ["done"]);
});

Deno.test("GET …/events tells how a waiting generation moves up, and that it is cancelled", async () => {
  await using server = await testServer();
  const ask = async () => (await (await server.generate({ to: ["image"] })).json()).id as string;
  const [first, second] = [await ask(), await ask()];
  const cancel = (id: string) => server.request(`/v1/generations/${id}`, { method: "DELETE" });
  const told: unknown[] = [];
  for await (
    const { event, data } of readEvents(
      await server.request(`/v1/generations/${second}/events`),
    )
  ) {
    told.push([event, data.status, data.position]);
    if (told.length === 1) await cancel(first);
    if (told.length === 2) await cancel(second);
  }
  assertEquals(told, [
    ["state", "waiting", 1],
    ["state", "waiting", 0],
    ["cancelled", "cancelled", null],
  ]);
});

Deno.test("HEAD …/events tells the head and keeps no stream", async () => {
  await using server = await testServer();
  const { id } = await (await server.generate({ to: ["image"] })).json();
  const path = `/v1/generations/${id}/events`;
  for (let i = 0; i < 300; i++) {
    const { status, headers } = await server.request(path, { method: "HEAD" });
    assertEquals([status, headers.get("content-type")], [200, "text/event-stream"]);
  }
  const response = await server.request(path);
  assertEquals(response.status, 200);
  await response.body!.cancel();
});

Deno.test("GET …/events shows signs of life while nothing happens", async () => {
  await using server = await testServer({ config: { heartbeatSeconds: 0.2 } });
  const { id } = await (await server.generate({ to: ["image"] })).json();
  const path = `/v1/generations/${id}`;
  const begun = performance.now();
  const response = await server.request(`${path}/events`);
  let text = "";
  const beats: number[] = [];
  const cancel = () => server.request(path, { method: "DELETE" });
  const late = setTimeout(cancel, 60_000); // without signs of life the stream ends, too
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (piece.includes(": ping\n\n")) beats.push((performance.now() - begun) / 1000);
    if (beats.length === 3) await cancel();
  }
  clearTimeout(late);
  beats.forEach((seconds, i) => assert(seconds > 0.19 * (i + 1), `${seconds} s`));
  // To those who listen they are comments, which bear no event and no id.
  const blocks = text.split("\n\n").map((block) => /^event: (\w+)$/m.exec(block)?.[1] ?? block);
  assertEquals(blocks.slice(0, 4), ["state", ...Array(3).fill(": ping")]);
  assertEquals(blocks.slice(-2), ["cancelled", ""]);
});

Deno.test("GET …/events makes no previews that nobody looks at", async () => {
  await using server = await testServer();
  const previews: unknown[] = [];
  server.queue.onChange((change) => change.type === "preview" && previews.push(change));
  const { id } = await (await server.generate({ to: ["image"], steps: 4, preview: 1 })).json();
  server.run();
  assertEquals((await server.over(id)).status, "done");
  assertEquals(previews, []);
  assert(server.reports.length === 0);
});
