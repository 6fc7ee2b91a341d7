import { image } from "@codi/image";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { join } from "@std/path";
import { assertProblem, testFolder, testServer, words } from "./server_testing.ts";
import { DEFAULT_CONFIG } from "./config.ts";
import { Problem } from "./problem.ts";
import { RateLimiter } from "./rate_limiter.ts";
import { checkCost } from "./requests/check_cost.ts";
import { readBody } from "./requests/read_body.ts";
import { parseServeArguments, UsageError } from "./serve/command_line.ts";
import { configOf } from "./serve/config_of.ts";
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

Deno.test("createApp() sets security headers on everything", async () => {
  await using server = await testServer();
  for (const path of ["/healthz", "/", "/docs", "/nothing", "/v1/generations/x"]) {
    const { headers, body } = await server.request(path);
    await body?.cancel();
    assertEquals(headers.get("x-content-type-options"), "nosniff", path);
    const policy = headers.get("content-security-policy")!;
    assertStringIncludes(policy, "default-src 'none'");
    assertStringIncludes(policy, "frame-ancestors 'none'");
    assert(!/script-src[^;]*unsafe/.test(policy), policy);
  }
});

Deno.test("createApp() serves its documentation itself", async () => {
  await using server = await testServer();
  const document = await (await server.request("/openapi.json")).json();
  assertEquals(document.openapi, "3.1.0");
  const documented = Object.entries<Record<string, unknown>>(document.paths).map(
    ([path, methods]) => `${Object.keys(methods).sort().join(" ")} ${path}`,
  );
  assertEquals(documented.sort(), [
    "delete get /v1/generations/{id}",
    "get /healthz",
    "get /metrics",
    "get /readyz",
    "get /v1/capabilities",
    "get /v1/generations/{id}/events",
    "get /v1/generations/{id}/outputs/{name}",
    "get post /v1/generations",
    "post /v1/embeddings",
  ]);
  const page = await (await server.request("/docs")).text();
  const links = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
  for (const link of links.filter((link) => !link.startsWith("data:"))) {
    assert(link.startsWith("/docs/"), link);
    const { status, body } = await server.request(link);
    await body!.cancel();
    assertEquals(status, 200, link);
  }
  const { status, headers, body } = await server.request("/v1/capabilities", { method: "PUT" });
  await body!.cancel();
  assertEquals([status, headers.get("allow")], [405, "GET"]);
});

Deno.test("createApp() finds its page's files by their plain names only", async () => {
  await using server = await testServer();
  const script = await server.request("/page/app.js");
  assertEquals([script.status, script.headers.get("content-type")], [
    200,
    "text/javascript; charset=utf-8",
  ]);
  await script.body!.cancel();
  for (const path of ["/page/%", "/page/..%2fmod.ts", "/page/mod.ts", "/page/"]) {
    await assertProblem(await server.request(path), 404, "not-found");
  }
});

Deno.test("createApp() tells those who look after it how it is", async () => {
  await using server = await testServer();
  await server.generate({ to: ["image"] });
  assertEquals(await (await server.request("/healthz")).json(), { status: "ok" });
  const ready = { status: "ready", waiting: 1, running: 0 };
  assertEquals(await (await server.request("/readyz")).json(), ready);
  const metrics = await (await server.request("/metrics")).text();
  assertStringIncludes(metrics, "codi_generations_waiting 1\n");
  assertStringIncludes(metrics, 'route="/v1/generations",status="202",le="+Inf"} 1\n');
  server.queue.counts = () => Promise.reject(new Error("secret"));
  await assertProblem(await server.request("/readyz"), 503, "unavailable");
});

Deno.test("POST /v1/generations refuses bodies that are too large, and damaged ones", async () => {
  await using server = await testServer({
    config: {
      limits: {
        ...DEFAULT_CONFIG.limits,
        requestBytes: 1000,
        files: 1,
      },
    },
  });
  const post = (body: BodyInit, type: string) =>
    server.request("/v1/generations", { method: "POST", headers: { "Content-Type": type }, body });
  const json = "application/json";
  await assertProblem(await post(" ".repeat(1001), json), 413, "too-large");
  const endless = new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(100)) });
  await assertProblem(await post(endless, json), 413, "too-large");
  await assertProblem(await post("{", json), 400, "invalid-request");
  await assertProblem(
    await post("\xff", "multipart/form-data; boundary=x"),
    400,
    "invalid-request",
  );
  const form = new FormData();
  form.set("request", JSON.stringify({ to: ["image"] }));
  for (const name of ["a", "b"]) form.set(name, new Blob(["x"]));
  const { headers, body } = new Request("http://x", { method: "POST", body: form });
  await assertProblem(await post(body!, headers.get("content-type")!), 413, "too-large");
});

Deno.test("POST /v1/generations takes files of a multipart body, and outputs of earlier ones", async () => {
  await using server = await testServer();
  server.run();
  const first = await server.over(
    (await (await server.generate({ prompts: [words("a bell")], to: ["image"], steps: 1 })).json())
      .id,
  );
  const form = new FormData();
  form.set(
    "request",
    JSON.stringify({
      prompts: [{ modality: "image", file: "photo" }, {
        modality: "image",
        output: first.outputs[0]!.url,
      }],
      to: ["image"],
      steps: 1,
    }),
  );
  form.set("photo", new Blob([await (await server.request(first.outputs[0]!.url)).bytes()]));
  const accepted = await (await server.request("/v1/generations", { method: "POST", body: form }))
    .json();
  const told = accepted.request.prompts.map(({ upload }: { upload: Record<string, unknown> }) =>
    Object.keys(upload).sort()
  );
  assertEquals(told, [["bytes", "mediaType", "sha256"], ["bytes", "mediaType", "sha256"]]);
  assertEquals((await server.over(accepted.id)).status, "done");
});

Deno.test("POST /v1/generations counts the files in its JSON, too", async () => {
  await using server = await testServer();
  const prompts = Array.from({ length: 9 }, () => ({ modality: "image", data: "AAAA" }));
  await assertProblem(await server.generate({ prompts, to: ["image"] }), 413, "too-large");
  const fewer = await server.generate({ prompts: prompts.slice(1), to: ["image"] });
  await assertProblem(fewer, 415, "unsupported-type"); // looked at, one after the other
});

Deno.test("POST /v1/generations honours an Idempotency-Key", async () => {
  await using server = await testServer();
  const ask = (seed: number) =>
    server.generate({ to: ["image"], seed }, { "Idempotency-Key": "k" });
  const first = await ask(1);
  const again = await ask(1);
  assertEquals([first.status, again.status], [202, 200]);
  assertEquals((await first.json()).id, (await again.json()).id);
  await assertProblem(await ask(2), 422, "idempotency-mismatch");
  assertEquals((await server.queue.counts()).waiting, 1);
});

Deno.test("POST /v1/generations tells when the queue, the disk or the memory is full", async () => {
  const { limits } = DEFAULT_CONFIG;
  for (
    const [config, status, name] of [
      [{ limits: { ...limits, waiting: 1 } }, 429, "queue-full"],
      [{ storeBytes: 10 }, 503, "unavailable"],
      [{ memoryBytes: 10 }, 503, "unavailable"],
    ] as const
  ) {
    await using server = await testServer({ config });
    if (status === 429) assertEquals((await server.generate({ to: ["image"] })).status, 202);
    const refused = await server.generate({ to: ["image"] });
    assert(Number(refused.headers.get("retry-after")) > 0);
    await assertProblem(refused, status, name);
  }
});

Deno.test("POST /v1/generations refuses what would take more memory or disk than one may", async () => {
  const limits = { ...DEFAULT_CONFIG.limits, jobMemoryBytes: 100e6, jobDiskBytes: 5000 };
  await using server = await testServer({ config: { limits } });
  const all = ["text", "image", "video", "audio"];
  const refused = await server.generate({ to: all, count: 2 });
  const { detail } = await assertProblem(refused, 413, "job-too-large");
  assertStringIncludes(detail, "136 MB of memory, above the limit of 100 MB");
  assertStringIncludes(detail, "ask for fewer samples or outputs");
  for (const body of [{ to: all }, { to: ["image"], count: 4 }]) {
    assertEquals((await server.generate(body)).status, 202);
  }

  const noise = Float32Array.from({ length: 12_288 }, () => 2 * Math.random() - 1);
  const picture = await image.codec.encode({ shape: [3, 64, 64], data: noise });
  const prompt = { modality: "image", data: picture.toBase64() };
  const large = await server.generate({ prompts: [prompt], to: ["text"] });
  const told = await assertProblem(large, 413, "job-too-large");
  assert(/^Its file takes 1\d{4} bytes of disk, above the limit of 5000 /.test(told.detail));
  assertStringIncludes(told.detail, "send fewer or smaller files");
  // Files are decoded one after the other, so the largest one counts, and the bytes of all of them.
  const { limits: usual } = DEFAULT_CONFIG;
  const file = { bytes: new Uint8Array(1e6), mediaType: "video/webm", memoryBytes: 400e6 };
  const cost = (files: number, count: number) => () =>
    checkCost({ to: ["image"], count }, Array(files).fill({ file }), usual);
  cost(8, 8)();
  const { document } = assertThrows(cost(8, 40), Problem);
  assertStringIncludes(document.detail, "680 MB to make 40 of each of 1, 416 MB for files");
  assertEquals((await server.queue.counts()).waiting, 2);
  assertEquals(await server.store.folders(), []); // of what was refused nothing is left
});

Deno.test("parseServeArguments() takes limits, and names what is wrong with one", async () => {
  const args = ["--job-seconds=5", "--job-memory-mb=300", "--job-disk-mb=7", "--waiting=9"];
  const { limits, storeBytes, memoryBytes } = await configOf(
    parseServeArguments([...args, "--disk-mb=800", "--memory-mb=900"]),
  );
  const { jobSeconds, jobMemoryBytes, jobDiskBytes, waiting } = limits;
  assertEquals([jobSeconds, jobMemoryBytes, jobDiskBytes, waiting], [5, 300e6, 7e6, 9]);
  assertEquals([storeBytes, memoryBytes], [800e6, 900e6]);
  const { message } = assertThrows(() => parseServeArguments(["--job-memory-mb=1"]), UsageError);
  assertEquals(message, 'Cannot use --job-memory-mb "1": it is a whole number from 20 to 10000000');
  const unknown = assertThrows(() => parseServeArguments(["--job-mb=1"]), UsageError);
  assertStringIncludes(unknown.message, "--job-mb");
});

Deno.test("POST /v1/generations tells that the queue is full before it reads what is sent", async () => {
  const limits = { ...DEFAULT_CONFIG.limits, waiting: 1 };
  await using server = await testServer({ config: { limits } });
  const key = { "Idempotency-Key": "k" };
  const first = await server.generate({ to: ["image"] }, key);
  assertEquals(first.status, 202);
  let read = false;
  const body = new ReadableStream({
    pull: (controller) => {
      read = true;
      controller.close();
    },
  }, { highWaterMark: 0 });
  const headers = { "Content-Type": "application/json" };
  const refused = await server.request("/v1/generations", { method: "POST", headers, body });
  await assertProblem(refused, 429, "queue-full");
  assert(!read);
  // What was accepted before is told again all the same.
  const again = await server.generate({ to: ["image"] }, key);
  assertEquals([again.status, (await again.json()).id], [200, (await first.json()).id]);
  await assertProblem(await server.generate({ to: ["text"] }, key), 422, "idempotency-mismatch");
});

Deno.test("createApp() keeps to itself what goes wrong inside, and reports it under an id", async () => {
  await using server = await testServer();
  const { id } = await (await server.generate({ to: ["image"] })).json();
  server.queue.position = () => Promise.reject(new RangeError("Invalid length at /srv/secret"));
  const answer = await server.request(`/v1/generations/${id}`);
  const { detail, instance } = await assertProblem(answer, 500, "internal");
  assert(!detail.includes("secret"));
  const [, uuid] = /^urn:uuid:([0-9a-f-]{36})$/.exec(instance!)!;
  assertStringIncludes(detail, uuid!);
  assertEquals(server.reports, [
    `Cannot answer a request (${uuid}): RangeError: Invalid length at /srv/secret`,
  ]);
  const events = await (await server.request(`/v1/generations/${id}/events`)).text();
  assert(!events.includes("secret"), events);
  assertStringIncludes(events, '"type":"urn:codi:problem:internal"');
  assertStringIncludes(server.reports[1]!, "secret");
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

Deno.test("POST /v1/generations refuses hostile files and stays healthy", async () => {
  await using server = await testServer();
  const picture = await image.codec.encode({ shape: [3, 64, 64], data: new Float32Array(12_288) });
  const bomb = picture.slice();
  bomb.set([0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff], 16); // 65535×65535 pixels
  const sound = new TextEncoder().encode("RIFF....WAVEfmt ");
  const cases = [
    [bomb, 413, "too-large"],
    [picture.slice(0, 60), 400, "unreadable-file"],
    [sound, 415, "unsupported-type"],
    [new Uint8Array(), 400, "unreadable-file"],
  ] as const;
  for (const path of ["/v1/generations", "/v1/embeddings"]) {
    for (const [bytes, status, name] of cases) {
      const sample = { modality: "image", data: bytes.toBase64() };
      const response = await server.request(path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(
          path === "/v1/embeddings" ? { inputs: [sample] } : { prompts: [sample], to: ["image"] },
        ),
      });
      await assertProblem(response, status, name);
    }
  }
  assertEquals((await server.request("/healthz")).status, 200);
  assertEquals((await server.queue.counts()).waiting, 0);
  const good = { modality: "image", data: picture.toBase64() };
  assertEquals((await server.generate({ prompts: [good], to: ["image"] })).status, 202);
  assertEquals(server.reports, []);
});

Deno.test("readBody() refuses more than the memory takes at once", async () => {
  const limits = { ...DEFAULT_CONFIG.limits, requestBytes: 1000 };
  const open: ReadableStreamDefaultController<Uint8Array>[] = [];
  const request = () =>
    new Request("http://localhost", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: new ReadableStream<Uint8Array>({
        start: (controller) => {
          controller.enqueue(new TextEncoder().encode(`"${"x".repeat(898)}"`));
          open.push(controller);
        },
      }),
    });
  const reading = Array.from({ length: 5 }, () => readBody(request(), limits));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const { document } = await assertRejects(() => readBody(request(), limits), Problem);
  assertEquals(document.status, 503);
  for (const controller of open.slice(0, 5)) controller.close();
  assertEquals((await Promise.all(reading)).map(({ bytes }) => bytes.length), [
    900,
    900,
    900,
    900,
    900,
  ]);
  const again = readBody(request(), limits);
  open.at(-1)!.close();
  assertEquals((await again).bytes.length, 900);
});

Deno.test("readBody() does not wait for ever for what does not come", async () => {
  const limits = { ...DEFAULT_CONFIG.limits, requestBytes: 1000, requestSeconds: 0.3 };
  let cancelled = 0;
  const request = () =>
    new Request("http://localhost", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new Uint8Array(900)),
        cancel: () => void cancelled++,
      }),
    });
  const reading = Array.from({ length: 5 }, () => readBody(request(), limits));
  const told = await Promise.all(reading.map((read) => assertRejects(() => read, Problem)));
  for (const { document } of told) {
    assertEquals([document.status, document.type], [408, "urn:codi:problem:request-timeout"]);
    assertStringIncludes(document.detail, "within 0.3 seconds; send smaller files");
  }
  assertEquals(cancelled, 5);
  // The room that they took is free again.
  const body = `"${"x".repeat(898)}"`;
  const headers = { "Content-Type": "application/json" };
  const whole = new Request("http://localhost", { method: "POST", headers, body });
  assertEquals((await readBody(whole, limits)).bytes.length, 900);
});
