import { image } from "@codi/image";
import { assertEquals } from "@std/assert";
import { assertProblem, testServer } from "./server_testing.ts";
import { parseRange } from "./routes/byte_range.ts";
import { removeExpired } from "./serve/remove_expired.ts";

Deno.test("GET …/outputs/{name} serves parts and what has not changed", async () => {
  await using server = await testServer();
  server.run();
  const { id } = await (await server.generate({ to: ["image"], steps: 1, count: 2 })).json();
  const { outputs } = await server.over(id);
  assertEquals(outputs.map(({ name }) => name), ["image-1", "image-2"]);
  const { url, sha256 } = outputs[1]!;
  const ask = (headers: Record<string, string>) => server.request(url, { headers });
  const whole = await server.request(url);
  const bytes = await whole.bytes();
  assertEquals(whole.headers.get("etag"), `"${sha256}"`);
  assertEquals(whole.headers.get("content-disposition"), 'inline; filename="image-2.png"');
  assertEquals(whole.headers.get("x-content-type-options"), "nosniff");

  const part = await ask({ Range: "bytes=1-3" });
  assertEquals([part.status, await part.text()], [206, "PNG"]);
  assertEquals(part.headers.get("content-range"), `bytes 1-3/${bytes.length}`);
  const end = await ask({ Range: "bytes=-4" });
  assertEquals([end.status, await end.bytes()], [206, bytes.slice(-4)]);
  const outside = await ask({ Range: `bytes=${bytes.length}-` });
  assertEquals(outside.headers.get("content-range"), `bytes */${bytes.length}`);
  await assertProblem(outside, 416, "range-not-satisfiable");
  const changed = await ask({ Range: "bytes=1-3", "If-Range": '"another"' });
  assertEquals([changed.status, (await changed.bytes()).length], [200, bytes.length]);

  const same = await ask({ "If-None-Match": `"other", W/"${sha256}"` });
  assertEquals([same.status, await same.text()], [304, ""]);
  const download = await server.request(`${url}?download`);
  assertEquals(download.headers.get("content-disposition"), 'attachment; filename="image-2.png"');
  await download.body!.cancel();
  for (const name of ["..%2f..%2fqueue.sqlite", "%2e%2e", "image-2.png", "image"]) {
    const path = `/v1/generations/${id}/outputs/${name}`;
    await assertProblem(await server.request(path), 404, "not-found");
  }
});

Deno.test("parseRange() reads single ranges, and leaves the others to the whole file", () => {
  assertEquals(parseRange("bytes=0-0", 10), { start: 0, end: 0 });
  assertEquals(parseRange("bytes=5-", 10), { start: 5, end: 9 });
  assertEquals(parseRange("bytes=5-99", 10), { start: 5, end: 9 });
  assertEquals(parseRange("bytes=-99", 10), { start: 0, end: 9 });
  assertEquals(parseRange("bytes=10-", 10), "outside");
  assertEquals(parseRange("bytes=-0", 10), "outside");
  for (
    const header of [undefined, "bytes=-", "bytes=5-3", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b"]
  ) {
    assertEquals(parseRange(header, 10), undefined);
  }
});

Deno.test("removeExpired() removes uploads and results whose time is over", async () => {
  let now = Date.now();
  await using server = await testServer({ now: () => now });
  server.run();
  const picture = await image.codec.encode({ shape: [3, 64, 64], data: new Float32Array(12_288) });
  const prompts = [{ modality: "image", data: picture.toBase64() }];
  const { id } = await (await server.generate({ prompts, to: ["image"], steps: 1 })).json();
  await server.over(id);
  const files = async () =>
    await Promise.all(
      [`${id}/in/0`, `${id}/out-1/image.png`].map(async (key) =>
        await server.store.get(key) !== undefined
      ),
    );
  await removeExpired(server.queue, server.store, now);
  assertEquals(await files(), [true, true]);
  now += 25 * 3600 * 1000;
  await removeExpired(server.queue, server.store, now);
  assertEquals(await files(), [false, false]);
  await assertProblem(await server.request(`/v1/generations/${id}`), 410, "expired");
});
