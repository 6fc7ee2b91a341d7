import { assertEquals } from "@std/assert";
import { Problem, problemOf, withNames } from "./problem.js";

function response(type: string, detail: string, headers: Record<string, string> = {}) {
  const told = { type: `urn:codi:problem:${type}`, title: "It went wrong", detail, status: 429 };
  return new Response(JSON.stringify(told), { status: 429, headers });
}

Deno.test("problemOf() tells what went wrong, and what can be done", async () => {
  const problem = await problemOf(response("queue-full", "100 wait", { "Retry-After": "7" }));
  assertEquals(
    [problem.title, problem.detail, problem.remedy, problem.type, problem.status],
    ["It went wrong", "100 wait", "Try again in 7 seconds.", "queue-full", 429],
  );
});

Deno.test("problemOf() has a remedy for what would take too much, and for what comes too slowly", async () => {
  const remedyOf = async (type: string) => (await problemOf(response(type, "1"))).remedy;
  assertEquals(
    await remedyOf("job-too-large"),
    "Ask for fewer samples or outputs, or use smaller files.",
  );
  assertEquals(await remedyOf("request-timeout"), "Use smaller files, or a faster connection.");
});

Deno.test("problemOf() makes do with responses that are no problem documents", async () => {
  const problem = await problemOf(new Response("<h1>Bad gateway</h1>", { status: 502 }));
  assertEquals([problem.title, problem.detail], ["The server answered with 502", ""]);
});

Deno.test("withNames() puts names in the place of pointers", () => {
  const detail = "/prompts/1: too wide; /prompts/10: unknown; /keep/image: empty";
  const names = new Map([["/prompts/1", "“a.png”"], ["/keep/image", "the image"]]);
  assertEquals(
    (withNames(new Problem({ title: "No", detail }), names) as Problem).detail,
    "“a.png”: too wide; /prompts/10: unknown; the image: empty",
  );
});
