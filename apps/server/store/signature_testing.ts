/**
 * AWS Signature Version 4 of requests, written from its specification for tests and from nothing that
 * signs: "Authenticating Requests: Using the Authorization Header" in the Amazon S3 API reference.
 */

import { createHash, createHmac } from "node:crypto";

/** A request as it arrives. */
export interface SignedRequest {
  readonly method: string;
  /** Its path and query, as they were sent. */
  readonly target: string;
  readonly headers: Headers;
}

/**
 * The signature that a request has to bear.
 *
 * @param request The request, with the headers that are signed.
 * @param signed The names of those headers.
 * @param scope Day, region, service and "aws4_request", separated by "/".
 * @param secret The key.
 * @returns 64 hexadecimal digits.
 */
export function signatureOf(
  { method, target, headers }: SignedRequest,
  signed: readonly string[],
  scope: string,
  secret: string,
): string {
  const [path, query = ""] = target.split("?");
  const pairs = query === "" ? [] : query.split("&").map((pair) => {
    const [name = "", value = ""] = pair.split("=");
    return `${encode(name)}=${encode(value)}`;
  });
  const canonical = [
    method,
    path!.split("/").map(encode).join("/"),
    pairs.sort().join("&"),
    ...signed.map((name) => `${name}:${headers.get(name)!.trim().replace(/ +/g, " ")}`),
    "",
    signed.join(";"),
    headers.get("x-amz-content-sha256")!,
  ].join("\n");
  const text = [
    "AWS4-HMAC-SHA256",
    headers.get("x-amz-date")!,
    scope,
    createHash("sha256").update(canonical).digest("hex"),
  ].join("\n");
  const hmac = (key: string | Uint8Array, data: string) =>
    createHmac("sha256", key).update(data).digest();
  const key = scope.split("/").reduce<string | Uint8Array>(hmac, `AWS4${secret}`);
  return createHmac("sha256", key).update(text).digest("hex");
}

/** The specification's UriEncode(), of what may be encoded already. */
function encode(part: string): string {
  return encodeURIComponent(decodeURIComponent(part.replaceAll("+", "%20"))).replaceAll(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * Why a request is to be refused.
 *
 * @param request The request.
 * @param body Its body.
 * @param keys Secrets by the ids of keys.
 * @returns The reason; undefined if its signature and the digest of its body are right.
 */
export function flawOf(
  request: SignedRequest,
  body: Uint8Array,
  keys: Readonly<Record<string, string>>,
): string | undefined {
  const { headers } = request;
  const [, id, scope, names, signature] =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8}\/[\w-]+\/s3\/aws4_request), ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/
      .exec(headers.get("authorization") ?? "") ?? [];
  if (id === undefined || keys[id] === undefined) return "no known key";
  const signed = names!.split(";");
  const date = headers.get("x-amz-date") ?? "";
  const time = date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z");
  if (!(Math.abs(Date.parse(time) - Date.now()) < 900_000)) return `not of now, but ${date}`;
  if (!scope!.startsWith(date.slice(0, 8))) return "of another day";
  for (const name of ["host", "x-amz-content-sha256", "x-amz-date"]) {
    if (!signed.includes(name)) return `${name} is not signed`;
  }
  if (signatureOf(request, signed, scope!, keys[id]!) !== signature) return "a wrong signature";
  const told = headers.get("x-amz-content-sha256");
  const digest = createHash("sha256").update(body).digest("hex");
  if (told !== digest && !(told === "UNSIGNED-PAYLOAD" && body.length === 0)) {
    return "another body than was signed";
  }
  return undefined;
}
