import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { startScript } from "../process_testing.ts";
import { testFolder } from "../server_testing.ts";
import { diskStore } from "./disk_store.ts";
import { s3Store } from "./s3_store.ts";
import { type BlobStore, checkKey } from "./store.ts";

const text = (value: string) => new TextEncoder().encode(value);

/** What must hold for every store. */
async function checkStore(store: BlobStore): Promise<void> {
  assertEquals(await store.get("a/in/0"), undefined);
  await store.put("a/in/0", text("hello"));
  await store.put("a/out-1/image.png", text("first"));
  await store.put("a/out-1/image.png", text("second"));
  await store.put("ab/in/0", text("another"));
  assertEquals(await store.get("a/in/0"), text("hello"));
  assertEquals(await store.get("a/out-1/image.png"), text("second"));
  assertEquals(await store.get("a/in/0", { start: 1, end: 2 }), text("el"));
  const folders = await store.folders();
  assertEquals(folders.map(({ name }) => name).sort(), ["a", "ab"]);
  assert(folders.every(({ changedAt }) => Math.abs(changedAt - Date.now()) < 60_000));
  await store.remove("a/");
  assertEquals(await store.get("a/in/0"), undefined);
  assertEquals(await store.get("a/out-1/image.png"), undefined);
  assertEquals(await store.get("ab/in/0"), text("another"));
  await store.remove("a/");
  await store.remove("ab/");
  assertEquals(await store.folders(), []);
}

Deno.test("diskStore() keeps, hands out and removes files", async () => {
  await using folder = await testFolder();
  await checkStore(diskStore(folder.path));
});

Deno.test("s3Store() keeps, hands out and removes files", async () => {
  await using folder = await testFolder();
  const flags = ["--no-prompt", "--allow-read", `--allow-write=${folder.path}`];
  flags.push("--allow-net=127.0.0.1", "--allow-env", "--allow-sys");
  const server = await startScript("store/s3_server_testing.ts", flags, [folder.path]);
  try {
    const options = {
      endpoint: server.firstLine,
      bucket: "results",
      accessKeyId: "S3RVER",
      secretAccessKey: "S3RVER",
    };
    await checkStore(s3Store(options));
    await checkStore(s3Store({ ...options, prefix: "codi/" }));
    const stranger = s3Store({ ...options, accessKeyId: "somebody" });
    const { message } = await assertRejects(() => stranger.get("a/in/0"), Error);
    assertEquals(message, 'Cannot read "a/in/0" in the bucket "results": it answers 403');
  } finally {
    await server.end("SIGKILL");
  }
});

Deno.test("checkKey() refuses keys that could mean a place elsewhere", async () => {
  for (const key of ["", "/a", "a//b", "../a", "a/../b", "a/.b", "a\\b", "a\0", "C:a", "a b"]) {
    assertThrows(() => checkKey(key), RangeError);
  }
  await using folder = await testFolder();
  const store = diskStore(join(folder.path, "files"));
  await assertRejects(() => store.put("../escaped", text("x")), RangeError);
  await assertRejects(() => store.remove(""), RangeError);
});
