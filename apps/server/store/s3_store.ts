import { AwsClient } from "aws4fetch";
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
  return {
    put: async (key, bytes) => {
      const response = await ask(`write "${key}"`, urlOf(key), { method: "PUT", body: bytes }, []);
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
        const query = new URLSearchParams({ "list-type": "2", prefix: `${prefix}${start}` });
        const listed = await ask(`list "${start}"`, `${base}?${query}`, {}, []);
        const keys = [...(await listed.text()).matchAll(/<Key>([^<]+)<\/Key>/g)];
        if (keys.length === 0) return;
        for (const [, key] of keys) {
          const response = await ask("remove", `${base}/${key}`, { method: "DELETE" }, [404]);
          await response.body?.cancel();
        }
      }
    },
  };
}
