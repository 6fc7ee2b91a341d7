import { assertEquals } from "@std/assert";
import { parseEvents } from "./parse_events.js";

const STREAM = 'event: step\ndata: {"step":1}\nid: a-1\n\n: ping\n\nevent: done\r\ndata: {\r\n' +
  "data: }\r\nid: done\r\n\r\nevent: cut";

async function parsed(chunks: string[]) {
  const events = [];
  for await (const event of parseEvents(chunks as unknown as AsyncIterable<string>)) {
    events.push(event);
  }
  return events;
}

Deno.test("parseEvents() reads events however the stream is cut, and leaves out comments", async () => {
  const events = [
    { event: "step", data: '{"step":1}', id: "a-1" },
    { event: "done", data: "{\n}", id: "done" },
  ];
  assertEquals(await parsed([STREAM]), events);
  assertEquals(await parsed([...STREAM]), events);
});
