import { AwsClient } from "aws4fetch";
import { sha256 } from "../sha256.ts";
import { type BlobStore, checkKey } from "./store.ts";

/** Where an S3-compatible service keeps the files, and who asks for them. */
export interface S3Options {
  /** The address of the service, for example `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string;
  /** The bucket. */
  readonly bucket: string;
  /** What all keys begin with. @default {""} */
  readonly prefix?: string;
  /** The region, which is signed. @default {"us-east-1"} */
  readonly region?: string;
  /** The id of the key. */
  readonly accessKeyId: string;
  /** The key. */
  readonly secretAccessKey: string;
}

/**
 * A store in a bucket of an S3-compatible service, addressed by path.
 *
 * @param options Where it is, and the key that requests are signed with.
 * @returns The store.
 */
export function s3Store(options: S3Options): BlobStore {
  const { endpoint, bucket, prefix = "", region = "us-east-1" } = options;
  const { accessKeyId, secretAccessKey } = options;
  const client = new AwsClient({ accessKeyId, secretAccessKey, service: "s3", region, retries: 3 });
  const base = `${endpoint.replace(/\/$/, "")}/${bucket}`;
  const urlOf = (key: string) => {
    checkKey(key);
    return `${base}/${prefix}${key}`;
  };
  const ask = async (action: string, url: string, init: RequestInit, fine: readonly number[]) => {
    const response = await client.fetch(url, init);
    if (response.ok || fine.includes(response.status)) return response;
    await response.body?.cancel();
    throw new Error(`Cannot ${action} in the bucket "${bucket}": it answers ${response.status}`);
  };
  /** A page of a list of keys: what it says of each, and what the next page is asked for by. */
  const list = async (start: string, next?: string) => {
    const query = new URLSearchParams({
      "list-type": "2",
      prefix: start,
      ...(next !== undefined && { "continuation-token": next }),
    });
    const response = await ask(`list "${start}"`, `${base}?${query}`, {}, []);
    const text = await response.text();
    return {
      contents: valuesOf(text, "Contents").map((each) => ({
        key: valuesOf(each, "Key")[0] ?? "",
        changedAt: Date.parse(valuesOf(each, "LastModified")[0] ?? ""),
      })),
      next: valuesOf(text, "NextContinuationToken")[0],
    };
  };
  return {
    put: async (key, bytes) => {
      // Signed along, so that what is kept is what was sent.
      const headers = { "X-Amz-Content-Sha256": await sha256(bytes) };
      const init = { method: "PUT", body: bytes, headers };
      const response = await ask(`write "${key}"`, urlOf(key), init, []);
      await response.body?.cancel();
    },
    get: async (key, range) => {
      const headers: Record<string, string> = range === undefined
        ? {}
        : { Range: `bytes=${range.start}-${range.end}` };
      const response = await ask(`read "${key}"`, urlOf(key), { headers }, [404]);
      if (response.status !== 404) return new Uint8Array(await response.arrayBuffer());
      await response.body?.cancel();
      return undefined;
    },
    remove: async (start) => {
      checkKey(start);
      for (;;) {
        const { contents } = await list(`${prefix}${start}`);
        if (contents.length === 0) return;
        for (const { key } of contents) {
          const response = await ask("remove", `${base}/${key}`, { method: "DELETE" }, [404]);
          await response.body?.cancel();
        }
      }
    },
    folders: async () => {
      const found = new Map<string, number>();
      let next: string | undefined;
      do {
        const page = await list(prefix, next);
        for (const { key, changedAt } of page.contents) {
          const name = key.slice(prefix.length).split("/")[0]!;
          found.set(name, Math.max(found.get(name) ?? 0, changedAt));
        }
        next = page.next;
      } while (next !== undefined);
      return [...found].map(([name, changedAt]) => ({ name, changedAt }));
    },
  };
}

/** What stands between the marks of an element of XML, wherever there is one. */
function valuesOf(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, "gs"))].map(([, value]) =>
    value!.replace(/&(amp|lt|gt|quot|apos|#39|#34);/g, (all, name: string) => ENTITIES[name] ?? all)
  );
}

/** Characters that XML writes otherwise. */
const ENTITIES: Readonly<Record<string, string>> = {
  ...{ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", "#39": "'", "#34": '"' },
};
