import { assertEquals, assertRejects } from "@std/assert";
import { s3Store } from "./s3_store.ts";
import { flawOf, signatureOf } from "./signature_testing.ts";

/** Empty content. */
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Deno.test("signatureOf() gives the signatures of the specification's examples", () => {
  // Amazon S3 API reference, "Examples: Signature Calculations in AWS Signature Version 4".
  const day = { host: "examplebucket.s3.amazonaws.com", "x-amz-date": "20130524T000000Z" };
  const examples = [
    [
      ...["GET", "/test.txt"],
      { range: "bytes=0-9", "x-amz-content-sha256": EMPTY },
      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ],
    [
      ...["PUT", "/test$file.text"],
      {
        date: "Fri, 24 May 2013 00:00:00 GMT",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
        "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
      },
      "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ],
    [
      ...["GET", "/?lifecycle"],
      { "x-amz-content-sha256": EMPTY },
      "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    ],
    [
      ...["GET", "/?max-keys=2&prefix=J"],
      { "x-amz-content-sha256": EMPTY },
      "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ],
  ] as const;
  for (const [method, target, more, signature] of examples) {
    const headers = new Headers({ ...day, ...more } as Record<string, string>);
    const signed = [...headers.keys()].sort();
    const scope = "20130524/us-east-1/s3/aws4_request";
    const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    assertEquals(signatureOf({ method, target, headers }, signed, scope, secret), signature);
  }
});

/** A bucket that takes nothing but rightly signed requests, and tells what it refused. */
function openBucket(): { address: string; flaws: string[]; close(): Promise<void> } {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const flaws: string[] = [];
  const answer = async (request: Request): Promise<Response> => {
    const { url, method, headers } = request;
    const { origin, pathname, searchParams } = new URL(url);
    const body = await request.bytes();
    const target = url.slice(origin.length);
    const flaw = flawOf({ method, target, headers }, body, { KEY: "se/cret+1" });
    if (flaw !== undefined) {
      flaws.push(`${method} ${target}: ${flaw}`);
      return new Response(null, { status: 403 });
    }
    if (searchParams.has("list-type")) {
      // Two keys a page, as services have their limits.
      const from = Number(searchParams.get("continuation-token") ?? 0);
      const keys = [...files.keys()].map((path) => path.slice("/bucket/".length))
        .filter((key) => key.startsWith(searchParams.get("prefix")!)).sort();
      const shown = keys.slice(from, from + 2).map((key) =>
        `<Contents><Key>${key}</Key><LastModified>2024-05-06T07:08:09.000Z</LastModified></Contents>`
      );
      const more = keys.length > from + 2
        ? `<NextContinuationToken>${from + 2}</NextContinuationToken>`
        : "";
      return new Response(`<ListBucketResult>${shown.join("")}${more}</ListBucketResult>`);
    }
    if (method === "PUT") files.set(pathname, body);
    if (method === "DELETE") files.delete(pathname);
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(headers.get("range") ?? "") ?? [];
    const file = files.get(pathname);
    if (method !== "GET") return new Response(null);
    if (file === undefined) return new Response(null, { status: 404 });
    return new Response(start === undefined ? file : file.slice(Number(start), Number(end) + 1));
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  return {
    address: `http://127.0.0.1:${server.addr.port}`,
    flaws,
    close: () => server.shutdown(),
  };
}

Deno.test("s3Store() signs what it asks for", async () => {
  const bucket = openBucket();
  try {
    const options = {
      endpoint: bucket.address,
      bucket: "bucket",
      prefix: "one/",
      region: "eu-west-1",
    };
    const store = s3Store({ ...options, accessKeyId: "KEY", secretAccessKey: "se/cret+1" });
    const bytes = (text: string) => new TextEncoder().encode(text);
    for (const key of ["a/in/0", "a/out-1/image.png", "b/in/0", "b/in/follow-audio", "c/in/0"]) {
      await store.put(key, bytes(`content of ${key}`));
    }
    assertEquals(await store.get("a/in/0"), bytes("content of a/in/0"));
    assertEquals(await store.get("a/in/0", { start: 2, end: 5 }), bytes("nten"));
    assertEquals(await store.get("a/in/1"), undefined);
    const changedAt = Date.parse("2024-05-06T07:08:09Z");
    assertEquals(await store.folders(), ["a", "b", "c"].map((name) => ({ name, changedAt })));
    await store.remove("b/");
    assertEquals((await store.folders()).map(({ name }) => name), ["a", "c"]);
    assertEquals(bucket.flaws, []);

    const thief = s3Store({ ...options, accessKeyId: "KEY", secretAccessKey: "guessed" });
    await assertRejects(() => thief.put("a/in/0", bytes("other")), Error, "it answers 403");
    assertEquals(bucket.flaws, ["PUT /bucket/one/a/in/0: a wrong signature"]);
  } finally {
    await bucket.close();
  }
});
