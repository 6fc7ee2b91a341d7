import { image } from "@codi/image";
import { assertEquals } from "@std/assert";
import { assertProblem, testServer, words } from "./server_testing.ts";
import { DEFAULT_CONFIG } from "./config.ts";

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
