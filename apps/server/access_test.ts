import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { assertProblem, testFolder, testServer } from "./server_testing.ts";
import { RateLimiter } from "./rate_limiter.ts";
import { parseServeArguments, UsageError } from "./serve/command_line.ts";
import { openServer } from "./serve/open_server.ts";
import { readTokens } from "./serve/read_tokens.ts";
import { sha256 } from "./sha256.ts";

const ALICE = "alice-0123456789-0123456789";
const BOB = "bob-0123456789-0123456789";

async function tokens(): Promise<Record<string, string>> {
  return { [await sha256(ALICE)]: "alice", [await sha256(BOB)]: "bob" };
}

function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

Deno.test("createApp() asks for a token, and shows everybody their own generations only", async () => {
  await using server = await testServer({ config: { tokens: await tokens() } });
  const refused = await server.generate({ to: ["image"] });
  assertEquals(refused.headers.get("www-authenticate"), "Bearer");
  await assertProblem(refused, 401, "unauthorized");
  for (const token of ["wrong", `${ALICE}x`, "__proto__"]) {
    await assertProblem(
      await server.request("/v1/generations", { headers: bearer(token) }),
      401,
      "unauthorized",
    );
  }
  const { id } = await (await server.generate({ to: ["image"] }, bearer(ALICE))).json();
  const ask = async (path: string, token: string, method = "GET") =>
    await server.request(path, { method, headers: bearer(token) });
  assertEquals((await ask(`/v1/generations/${id}`, ALICE)).status, 200);
  for (const path of ["", "/events", "/outputs/image"]) {
    await assertProblem(await ask(`/v1/generations/${id}${path}`, BOB), 404, "not-found");
  }
  await assertProblem(await ask(`/v1/generations/${id}`, BOB, "DELETE"), 404, "not-found");
  assertEquals((await (await ask("/v1/generations", BOB)).json()).generations, []);
  const stolen = { modality: "image", output: `/v1/generations/${id}/outputs/image` };
  await assertProblem(
    await server.generate({ to: ["image"], prompts: [stolen] }, bearer(BOB)),
    400,
    "invalid-request",
  );
  const told = await (await server.request("/v1/capabilities")).json();
  assertEquals(told.authentication, "bearer");
});

Deno.test("createApp() limits how many requests everybody makes", async () => {
  await using server = await testServer({
    config: { tokens: await tokens(), requestsPerMinute: 3 },
  });
  const ask = (token: string) => server.request("/v1/generations", { headers: bearer(token) });
  for (let time = 0; time < 3; time++) assertEquals((await ask(ALICE)).status, 200);
  const refused = await ask(ALICE);
  assert(Number(refused.headers.get("retry-after")) > 0);
  await assertProblem(refused, 429, "too-many-requests");
  assertEquals((await ask(BOB)).status, 200);
  assertEquals((await server.request("/healthz")).status, 200);
});

Deno.test("take() gives back what a minute gives back", () => {
  const limiter = new RateLimiter(60);
  for (let time = 0; time < 60; time++) assertEquals(limiter.take("a", 0), 0);
  assertEquals(limiter.take("a", 0), 1);
  assertEquals(limiter.take("b", 0), 0);
  assertEquals(limiter.take("a", 2000), 0);
});

Deno.test("createApp() refuses foreign names and pages", async () => {
  await using server = await testServer({ config: { origins: ["https://friend.example"] } });
  const ask = (headers: Record<string, string>, method = "GET") =>
    server.request("/v1/generations", { method, headers });
  await assertProblem(await ask({ Host: "evil.example:8000" }), 403, "forbidden");
  assertEquals((await ask({ Host: "127.0.0.1:8000" })).status, 200);
  assertEquals((await ask({ Host: "[::1]:8000" })).status, 200);
  assertEquals(
    (await ask({ Origin: "http://localhost:8000", Host: "localhost:8000" })).status,
    200,
  );
  for (const origin of ["https://evil.example", "null", "http://localhost:9000"]) {
    const refused = await ask({ Origin: origin, Host: "localhost:8000" });
    assertEquals(refused.headers.get("access-control-allow-origin"), null);
    await assertProblem(refused, 403, "forbidden");
  }
  const friend = await ask({ Origin: "https://friend.example" });
  assertEquals(friend.headers.get("access-control-allow-origin"), "https://friend.example");
  const preflight = await ask({ Origin: "https://friend.example" }, "OPTIONS");
  assertEquals(preflight.status, 204);
  assertStringIncludes(preflight.headers.get("access-control-allow-methods")!, "POST");
});

Deno.test("openServer() refuses to listen beyond this machine for everybody", async () => {
  await using folder = await testFolder();
  const options = (...args: string[]) => parseServeArguments(["--data", folder.path, ...args]);
  const refused = openServer(options("--host", "0.0.0.0"), () => {});
  const { message } = await assertRejects(() => refused, UsageError);
  assertStringIncludes(message, "--tokens FILE, or --open");
  for (const args of [["--host", "0.0.0.0", "--open"], ["--host", "::1"]]) {
    const server = await openServer(options(...args), () => {});
    assertEquals((await server.fetch(new Request("http://localhost/healthz"), "")).status, 200);
    await server.close();
  }
});

Deno.test("readTokens() reads names and tokens, and never tells a token", async () => {
  await using folder = await testFolder();
  const path = join(folder.path, "tokens");
  await Deno.writeTextFile(path, `# who\nalice ${ALICE}\n\nbob ${BOB} # his\n`);
  assertEquals(await readTokens(path), await tokens());
  for (const content of ["", "alice short", `alice ${ALICE} more`, ALICE]) {
    await Deno.writeTextFile(path, content);
    const { message } = await assertRejects(() => readTokens(path), UsageError);
    assert(!message.includes("0123"), message);
  }
});
