import { audio } from "@codi/audio";
import { image } from "@codi/image";
import { tensor } from "@codi/core/tensor";
import { assertEquals, assertStringIncludes } from "@std/assert";
import sharp from "sharp";
import { DEFAULT_CONFIG } from "./config.ts";
import { uploadBytesOf } from "./queue/job.ts";
import type { GenerationResource } from "./routes/generation_resource.ts";
import { removeExpired } from "./serve/remove_expired.ts";
import { assertProblem, type TestServer, testServer, words } from "./server_testing.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A PNG file of one colour, with another one in its left half. */
async function file(
  width: number,
  height: number,
  [left, right]: readonly [string, string],
): Promise<Bytes> {
  const half = { create: { width: width / 2, height, channels: 4 as const, background: left } };
  const made = sharp({ create: { width, height, channels: 4, background: right } })
    .composite([{ input: half, left: 0, top: 0 }]);
  return new Uint8Array(await made.png().toBuffer());
}

const MASK = ["#ffffff", "#000000"] as const;

/** Asks for a picture of which a part is kept, with files in fields of their own. */
function keep(
  server: TestServer,
  image: Record<string, unknown>,
  files: Readonly<Record<string, Bytes>>,
): Promise<Response> {
  const body = new FormData();
  const prompts = [words("a drum")];
  const request = { prompts, to: ["image"], seed: 2, steps: 2, keep: { image } };
  body.set("request", JSON.stringify(request));
  for (const [name, bytes] of Object.entries(files)) body.set(name, new Blob([bytes]));
  return server.request("/v1/generations", { method: "POST", body });
}

Deno.test("POST /v1/generations keeps what is white in a mask", async () => {
  let now = Date.now();
  await using server = await testServer({ now: () => now });
  server.run();
  const photo = await file(200, 100, ["#ff0000", "#0000ff"]);
  const done = async (response: Response) => {
    assertEquals(response.status, 202);
    return await server.over((await response.json()).id);
  };
  const region = await done(await keep(server, { file: "photo", region: "0,0,32,64" }, { photo }));
  const output = region.outputs[0]!.url;
  // A mask of twice the photo's size, too large to stay so; then one that is transparent at the right.
  const large = await file(800, 400, MASK);
  const masked = await done(
    await keep(server, { file: "photo", mask: { file: "mask" } }, { photo, mask: large }),
  );
  const data = (await file(64, 64, ["#ffffff", "#ffffff00"])).toBase64();
  const drawn = await done(await keep(server, { output, mask: { data } }, {}));
  const pictureOf = async ({ outputs: [one] }: GenerationResource) =>
    (await image.codec.decode(await (await server.request(one!.url)).bytes())).data;
  assertEquals(await pictureOf(masked), await pictureOf(region));

  // What is told and kept of a mask is what is told and kept of all files.
  const { request } = await (await server.request(drawn.run!)).json();
  const { mask, upload, ...rest } = request.keep.image;
  assertEquals(rest, {});
  assertEquals([mask.upload, upload].map((told) => Object.keys(told)), [
    ["mediaType", "bytes", "sha256"],
    ["mediaType", "bytes", "sha256"],
  ]);
  const key = `${drawn.id}/in/mask-image`;
  const stored = (await server.store.get(key))!;
  const { codec, autoencoder } = image;
  assertEquals(
    autoencoder!.latentMask!(await codec.decodeMask!(stored, stored)),
    autoencoder!.regionMask!("0,0,32,64"),
  );
  const { spec } = (await server.queue.get(drawn.id))!;
  assertEquals([stored.length, uploadBytesOf(spec)], [
    mask.upload.bytes,
    upload.bytes + stored.length,
  ]);
  now += 25 * 3600 * 1000;
  await removeExpired(server.queue, server.store, now);
  assertEquals([await server.store.get(key), await server.store.folders()], [undefined, []]);
  assertEquals(server.reports, []);
});

Deno.test("POST /v1/generations says what is wrong with a mask, and keeps nothing of it", async () => {
  await using server = await testServer();
  const photo = await file(2000, 1000, ["#ff0000", "#0000ff"]);
  const mask = await file(64, 64, MASK);
  const bomb = mask.slice();
  bomb.set([0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff], 16); // 65535×65535 pixels
  const sound = await audio.codec.encode(tensor([32_000]));
  const black = await file(128, 64, ["#000000", "#000000"]);
  const refused = async (sent: Bytes, status: number, name: string) => {
    const given = { file: "photo", mask: { file: "mask" } };
    const response = await keep(server, given, { photo, mask: sent });
    return (await assertProblem(response, status, name)).detail;
  };
  const wrongSize = await file(640, 640, MASK);
  assertEquals(
    await refused(wrongSize, 400, "unreadable-file"),
    "/keep/image/mask: it has 320×320 pixels and the picture 500×250; make it 500×250, or as many " +
      "times smaller or larger both ways; the mask was sent with 640×640 pixels and made smaller; " +
      "its sample was sent with 2000×1000 pixels and made smaller",
  );
  assertEquals(
    await refused(sound, 415, "unsupported-type"),
    '/keep/image/mask: it is "audio/wav"; a mask is image/png, image/jpeg, image/webp, image/gif',
  );
  assertStringIncludes(await refused(bomb, 413, "too-large"), "above the limit of 16000000");
  assertStringIncludes(
    await refused(mask.slice(0, 60), 400, "unreadable-file"),
    "/keep/image/mask",
  );
  assertStringIncludes(
    await refused(black, 400, "invalid-request"),
    "/keep/image/mask: Cannot keep what the mask marks: it is nothing; white is kept",
  );

  const bad = async (given: Record<string, unknown>, to = "image") => {
    const body = { to: [to], keep: { [to]: given } };
    const { errors } = await assertProblem(await server.generate(body), 400, "invalid-request");
    return errors!.map(({ pointer, detail }) => `${pointer}: ${detail}`);
  };
  const data = photo.toBase64();
  assertEquals(await bad({ data, mask: { file: "edge" } }), [
    '/keep/image/mask/file: there is no field "edge" in the body; files are sent as ' +
    "multipart/form-data",
  ]);
  assertEquals(await bad({ data, mask: { output: "/v1/generations/1/outputs/image" } }), [
    "/keep/image/mask/output: there is no such output",
  ]);
  assertEquals(await bad({ data, mask: { data: "?" } }), [
    "/keep/image/mask/data: it is not base64",
  ]);
  const one = "it takes exactly one of region, mask";
  assertEquals(await bad({ data }), [`/keep/image: ${one}`]);
  assertEquals(await bad({ data, mask: { data }, region: "0,0,8,8" }), [`/keep/image: ${one}`]);
  assertEquals(await bad({ data, mask: {} }), [
    "/keep/image/mask: it takes exactly one of data, file, output",
  ]);
  assertEquals(await bad({ data, mask: { data } }, "audio"), [
    "/keep/audio/mask: parts of audio are told in words, as its region; image can have a mask",
  ]);
  assertEquals(await bad({ text: "a bell", mask: { data } }, "text"), [
    "/keep/text: it is made as a whole",
  ]);
  assertEquals((await server.queue.counts()).waiting, 0);
  assertEquals([await server.store.folders(), server.reports], [[], []]);
});

Deno.test("POST /v1/generations counts masks among the files, and among their bytes", async () => {
  const [photo, mask] = [await file(64, 64, ["#ff0000", "#0000ff"]), await file(64, 64, MASK)];
  for (
    const [limits, name] of [
      [{ files: 1 }, "too-large"],
      [{ uploadBytes: 1000 }, "too-large"],
      [{ jobDiskBytes: photo.length + 10 }, "job-too-large"],
    ] as const
  ) {
    await using server = await testServer({
      config: { limits: { ...DEFAULT_CONFIG.limits, ...limits } },
    });
    const large = "uploadBytes" in limits ? new Uint8Array(1001) : mask;
    const given = { data: photo.toBase64(), mask: { data: large.toBase64() } };
    await assertProblem(
      await server.generate({ to: ["image"], keep: { image: given } }),
      413,
      name,
    );
  }
});

Deno.test("GET /v1/capabilities tells what can have a mask", async () => {
  await using server = await testServer();
  const { modalities } = await (await server.request("/v1/capabilities")).json();
  const able = modalities.filter(({ mask }: { mask: boolean }) => mask);
  assertEquals(able.map(({ name }: { name: string }) => name), [image.name]);
});
