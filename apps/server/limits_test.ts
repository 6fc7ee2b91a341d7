import { image } from "@codi/image";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { assertProblem, testServer } from "./server_testing.ts";
import { DEFAULT_CONFIG } from "./config.ts";
import { Problem } from "./problem.ts";
import { checkCost } from "./requests/check_cost.ts";
import { readBody } from "./requests/read_body.ts";
import { parseServeArguments, UsageError } from "./serve/command_line.ts";
import { configOf } from "./serve/config_of.ts";

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
  const args = [
    "--wait-seconds=8",
    "--job-seconds=5",
    "--job-memory-mb=300",
    "--job-disk-mb=7",
    "--waiting=9",
  ];
  const { limits, storeBytes, memoryBytes } = await configOf(
    parseServeArguments([...args, "--disk-mb=800", "--memory-mb=900"]),
  );
  const { waitSeconds, jobSeconds, jobMemoryBytes, jobDiskBytes, waiting } = limits;
  assertEquals([waitSeconds, jobSeconds, waiting], [8, 5, 9]);
  assertEquals([jobMemoryBytes, jobDiskBytes], [300e6, 7e6]);
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
