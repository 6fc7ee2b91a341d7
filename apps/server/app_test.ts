import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertProblem, testServer } from "./server_testing.ts";

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
