import { samplers } from "@codi/core/diffusion";
import { image } from "@codi/image";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createApp } from "./app.ts";
import { DEFAULT_CONFIG } from "./config.ts";
import { EventLog } from "./events/event_log.ts";
import { assertProblem, testServer, words } from "./server_testing.ts";
import { sha256 } from "./sha256.ts";

Deno.test("POST /v1/generations makes what is asked for, together", async () => {
  await using server = await testServer();
  const asked = await server.generate({
    prompts: [words("a red gitar"), { ...words("rain"), negative: true, weight: 0.5 }],
    to: ["image", "text"],
    seed: 7,
    steps: 3,
  });
  assertEquals(asked.status, 202);
  const accepted = await asked.json();
  assertEquals(asked.headers.get("location"), `/v1/generations/${accepted.id}`);
  assertEquals([accepted.status, accepted.position], ["waiting", 0]);
  server.run();

  const done = await server.over(accepted.id);
  assertEquals([done.status, done.step, done.error], ["done", 3, null]);
  assertStringIncludes(done.notices.join(), '"gitar"');
  assertEquals(done.outputs.map(({ name }) => name), ["image", "text"]);
  for (const output of done.outputs) {
    const response = await server.request(output.url);
    const bytes = await response.bytes();
    assertEquals(await sha256(bytes), output.sha256);
    assertEquals(bytes.length, output.bytes);
    if (output.name === "image") {
      assertEquals(response.headers.get("content-type"), "image/png");
      assertEquals((await image.codec.decode(bytes)).shape, [3, 64, 64]);
    } else assertEquals(new TextDecoder().decode(bytes).trim(), output.text);
  }
  const run = await (await server.request(done.run!)).json();
  assertEquals(run.batch, { samples: 1, jobs: 1, place: 0 });
  assertEquals(run.request.seed, 7);
  assertMatch(run.weights["image/diffusion"], /^[0-9a-f]{64}$/);
  assertEquals(server.reports, []);
});

Deno.test("POST /v1/generations gives the same bytes for the same request", async () => {
  await using server = await testServer();
  server.run();
  const digests: string[] = [];
  for (let time = 0; time < 2; time++) {
    const asked = await server.generate({
      prompts: [words("a bell")],
      to: ["image"],
      seed: 3,
      steps: 2,
    });
    const done = await server.over((await asked.json()).id);
    digests.push(done.outputs[0]!.sha256);
  }
  assertEquals(digests[0], digests[1]);
});

Deno.test("POST /v1/generations names every member that is wrong", async () => {
  await using server = await testServer();
  const bad = async (body: unknown) => {
    const problem = await assertProblem(await server.generate(body), 400, "invalid-request");
    return problem.errors!.map(({ pointer }) => pointer);
  };
  assertEquals(await bad({}), ["/to"]);
  assertEquals(await bad({ to: ["smell", "image", "image"] }), ["/to/0", "/to/2"]);
  assertEquals(await bad({ to: ["image"], sampler: "plms", format: { image: "gif" } }), [
    "/sampler",
    "/format/image",
  ]);
  const whole = "candidates are a whole number from 1 to 16";
  for (
    const [candidates, pointer, detail] of [
      [0, "/candidates", whole],
      [17, "/candidates", whole],
      [1.5, "/candidates", `${whole}, or one for each modality`],
      ["4", "/candidates", `${whole}, or one for each modality`],
      [{ image: 17 }, "/candidates/image", whole],
    ] as const
  ) {
    const refused = await server.generate({ to: ["image"], candidates });
    const { errors } = await assertProblem(refused, 400, "invalid-request");
    assertEquals(errors, [{ pointer, detail }]);
  }
  assertEquals(await bad({ to: ["image"], candidates: { image: 2, audio: 2 } }), [
    "/candidates/audio",
  ]);
  const decoding = { text: { warmth: 1, topP: 2 }, image: { warmth: 1 }, audio: { vocoder: 1 } };
  assertEquals(await bad({ to: ["text", "image"], decoding }), [
    "/decoding/audio",
    "/decoding/text/warmth",
    "/decoding/text/topP",
    "/decoding/image/warmth",
  ]);
  assertEquals(
    await bad({ to: ["image"], prompts: [{ modality: "text", text: "a", weight: 0 }] }),
    [
      "/prompts/0/weight",
    ],
  );
  assertEquals(await bad({ to: ["image"], prompts: [{ modality: "text" }] }), ["/prompts/0"]);
  assertEquals(await bad({ to: ["image"], prompts: [{ modality: "smell", text: "a" }] }), [
    "/prompts/0/modality",
  ]);
  assertEquals(await bad({ to: ["image"], colour: "red" }), [""]);
  await assertProblem(await server.generate({ to: ["image"], steps: 1000 }), 413, "too-large");
  await assertProblem(
    await server.request("/v1/generations", { method: "POST", body: "{}" }),
    415,
    "unsupported-type",
  );
  assertEquals((await server.queue.counts()).waiting, 0);
});

Deno.test("POST /v1/generations tells candidates as they were given, if they were", async () => {
  await using server = await testServer();
  const told: unknown[] = [];
  for (const given of [{}, { candidates: 3 }, { candidates: { image: 16 } }]) {
    const asked = await server.generate({ to: ["image", "text"], steps: 2, ...given });
    const { request } = await (await server.request(asked.headers.get("location")!)).json();
    told.push("candidates" in request ? { candidates: request.candidates } : {});
  }
  assertEquals(told, [{}, { candidates: 3 }, { candidates: { image: 16 } }]);
});

Deno.test("POST /v1/generations refuses an output that cannot be read as what it is given as", async () => {
  await using server = await testServer();
  server.run();
  const { id } = await (await server.generate({ to: ["video"], steps: 1 })).json();
  const output = (await server.over(id)).outputs[0]!.url;
  const ask = (modality: string) =>
    server.generate({ prompts: [{ modality, output }], to: ["text"], steps: 1 });
  await assertProblem(await ask("image"), 400, "invalid-request");
  await assertProblem(await ask("audio"), 400, "unreadable-file"); // the clip is silent
  assertEquals((await ask("video")).status, 202);
});

Deno.test("GET /v1/generations lists the newest first, page by page", async () => {
  await using server = await testServer();
  const ids: string[] = [];
  for (let number = 0; number < 5; number++) {
    ids.unshift((await (await server.generate({ to: ["image"], seed: number })).json()).id);
  }
  const seen: string[] = [];
  for (let path: string | undefined = "/v1/generations?limit=2"; path !== undefined;) {
    const response: Response = await server.request(path);
    const { generations, next } = await response.json();
    seen.push(...generations.map(({ id }: { id: string }) => id));
    path = response.headers.get("link")?.match(/^<(.*)>; rel="next"$/)?.[1];
    assertEquals(path === undefined, next === null);
  }
  assertEquals(seen, ids);
  const done = await (await server.request("/v1/generations?status=done")).json();
  assertEquals(done, { generations: [], next: null });
  await assertProblem(await server.request("/v1/generations?limit=0"), 400, "invalid-request");
});

Deno.test("GET /v1/generations/{id} tells what is unknown, not done, and expired", async () => {
  let now = Date.now();
  await using server = await testServer({ now: () => now });
  await assertProblem(await server.request("/v1/generations/nothing"), 404, "not-found");
  const { id } = await (await server.generate({ to: ["image"], steps: 1 })).json();
  await assertProblem(
    await server.request(`/v1/generations/${id}/outputs/image`),
    409,
    "wrong-state",
  );
  server.run();
  await server.over(id);
  await assertProblem(
    await server.request(`/v1/generations/${id}/outputs/audio`),
    404,
    "not-found",
  );
  const cancelled = await server.request(`/v1/generations/${id}`, { method: "DELETE" });
  await assertProblem(cancelled, 409, "wrong-state");
  now += 25 * 3600 * 1000;
  assertEquals(await server.queue.expire(now), [id]);
  for (const path of ["", "/outputs/image", "/events"]) {
    await assertProblem(await server.request(`/v1/generations/${id}${path}`), 410, "expired");
  }
});

Deno.test("DELETE /v1/generations/{id} cancels what waits, and what runs within a step", async () => {
  await using server = await testServer({ samples: 1 });
  // What runs is told of here, too, since nobody is told of the steps of what is cancelled.
  const { run } = server.generator;
  const runs: { steps: number[]; afterwards: number[] }[] = [];
  server.generator.run = (jobs, events, signal) => {
    const told = { steps: [] as number[], afterwards: [] as number[] };
    runs.push(told);
    const step = (number: number) => {
      told[signal.aborted ? "afterwards" : "steps"].push(number);
      events.step(number);
    };
    return run(jobs, { ...events, step }, signal);
  };
  const ask = async () =>
    (await (await server.generate({ prompts: [words("a bell")], to: ["image"], steps: 200 }))
      .json())
      .id as string;
  const [first, second, third] = [await ask(), await ask(), await ask()];
  const cancel = (id: string) => server.request(`/v1/generations/${id}`, { method: "DELETE" });
  assertEquals((await (await cancel(third)).json()).status, "cancelled");
  server.run();
  while ((await (await server.request(`/v1/generations/${first}`)).json()).step < 2) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assertEquals((await (await cancel(first)).json()).status, "cancelled");
  // The next one begins, which it cannot before the cancelled one has ended.
  while ((await (await server.request(`/v1/generations/${second}`)).json()).step < 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { step, outputs } = await (await server.request(`/v1/generations/${first}`)).json();
  assertEquals(outputs, []);
  // The step under way may end, and one more may be told of that was on its way from the Worker.
  assert(runs[0]!.steps.includes(step), `${step} of ${runs[0]!.steps}`);
  assert(runs[0]!.afterwards.length <= 2, `${runs[0]!.afterwards}`);
  await cancel(second);
});

Deno.test("GET /v1/capabilities tells modalities, limits and versions", async () => {
  await using server = await testServer();
  const told = await (await server.request("/v1/capabilities")).json();
  assertEquals(told.combinations.count, 225);
  assertEquals(told.authentication, "none");
  assertEquals(told.samplers, Object.keys(samplers));
  assertEquals(told.limits, DEFAULT_CONFIG.limits);
  assertMatch(told.version, /^\d+\.\d+\.\d+/);
  for (const { version } of told.modalities) assertMatch(version, /^\d+\.\d+\.\d+/);
  const [text, picture] = told.modalities;
  assertEquals([text.name, text.words, picture.name, picture.words], [
    "text",
    true,
    "image",
    false,
  ]);
  assertEquals(picture.accepts, ["image/png", "image/jpeg", "image/webp", "image/gif"]);
  assertMatch(told.weights["text/promptEncoder"], /^[0-9a-f]{64}$/);
});

Deno.test("GET /v1/capabilities tells how many candidates each modality has by itself", async () => {
  await using server = await testServer();
  const { autoencoder: _, diffusion, ...prompted } = image;
  const { candidates: __, ...plain } = diffusion!;
  const modalities = [
    { ...image, diffusion: { ...plain, candidates: 4 } },
    { ...image, diffusion: plain },
    prompted, // is no output
  ].map((modality, place) => ({ ...modality, name: `image-${place}` }));
  using events = new EventLog(server.queue);
  const report = () => {};
  const app = await createApp({ ...server, config: DEFAULT_CONFIG, modalities, events, report });
  const told = await (await app.request("http://localhost:8000/v1/capabilities")).json();
  assertEquals(
    told.modalities.map(({ candidates }: { candidates: number | null }) => candidates),
    [4, 1, null],
  );
});

Deno.test("POST /v1/embeddings places samples in the shared space", async () => {
  await using server = await testServer();
  const response = await server.request("/v1/embeddings", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ inputs: [words("a guitar"), words("a gitar"), words("a bell")] }),
  });
  assertEquals(response.status, 200);
  const { width, embeddings, similarities } = await response.json();
  assertEquals([width, embeddings.length, embeddings[0].embedding.length], [256, 3, 256]);
  assert(similarities[0][1] > similarities[0][2]);
  assertStringIncludes(embeddings[1].notices.join(), "gitar");
});

Deno.test("POST /v1/generations keeps a part of a sample", async () => {
  await using server = await testServer();
  server.run();
  const ask = async (body: Record<string, unknown>) => {
    const response = await server.generate({ to: ["image"], steps: 4, ...body });
    return await server.over((await response.json()).id);
  };
  const pictureOf = async (url: string) =>
    (await image.codec.decode(await (await server.request(url)).bytes())).data;
  const first = await ask({ prompts: [words("a bell on a red background")], seed: 1 });
  const output = first.outputs[0]!.url;
  const second = await ask({
    prompts: [words("a drum on a blue background")],
    seed: 2,
    keep: { image: { output, region: "0,0,32,64" } },
  });
  assertEquals(second.status, "done");
  const [a, b] = [await pictureOf(output), await pictureOf(second.outputs[0]!.url)];
  const difference = (left: boolean) => {
    let sum = 0;
    a.forEach((value, i) => sum += (i % 64 < 32) === left ? Math.abs(value - b[i]!) : 0);
    return 2 * sum / a.length;
  };
  assert(difference(true) < 0.5 * difference(false), `${difference(true)} ${difference(false)}`);
  const { keep } = (await (await server.request(second.run!)).json()).request;
  assertEquals([keep.image.region, Object.keys(keep.image.upload)], ["0,0,32,64", [
    "mediaType",
    "bytes",
    "sha256",
  ]]);
  const bad = (body: unknown) => server.generate(body);
  const places = async (response: Response) =>
    (await assertProblem(response, 400, "invalid-request")).errors!.map(({ pointer }) => pointer);
  assertEquals(
    await places(await bad({ to: ["image"], keep: { image: { output, region: "left" } } })),
    ["/keep/image/region"],
  );
  assertEquals(
    await places(await bad({ to: ["image"], keep: { image: { output, region: "0,0,2,2" } } })),
    ["/keep/image/region"],
    "too little for the latent",
  );
  assertEquals(
    await places(await bad({ to: ["text"], keep: { image: { output, region: "0,0,1,1" } } })),
    ["/keep/image"],
  );
});

Deno.test("POST /v1/generations takes samples to follow where there is somebody who can", async () => {
  await using server = await testServer();
  server.run();
  const { modalities } = await (await server.request("/v1/capabilities")).json();
  const able = modalities.filter(({ follow }: { follow: boolean }) => follow)
    .map(({ name }: { name: string }) => name);
  const picture = await image.codec.encode({ shape: [3, 64, 64], data: new Float32Array(12_288) });
  const follow = { image: { data: picture.toBase64() } };
  const asked = await server.generate({ to: ["video"], steps: 2, follow, environment: 1.5 });
  if (able.includes("image") && able.includes("video")) {
    assertEquals((await server.over((await asked.json()).id)).status, "done");
    for (const environment of [0, { video: 0 }]) {
      const deaf = await server.generate({ to: ["video"], follow, environment });
      const { errors } = await assertProblem(deaf, 400, "invalid-request");
      assertEquals(errors![0]!.pointer, "/environment");
    }
  } else {
    const { errors } = await assertProblem(asked, 400, "invalid-request");
    assertEquals(errors![0]!.pointer, "/follow/image");
  }
  const both = await server.generate({ to: ["image"], follow });
  const { errors } = await assertProblem(both, 400, "invalid-request");
  assertEquals(errors![0]!.pointer, "/follow/image");
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
