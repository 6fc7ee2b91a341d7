import { sha256 } from "../sha256.ts";

/** A file that is served as it is. */
export interface StaticFile {
  /** Its bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its media type. */
  readonly mediaType: string;
  /** Its ETag. */
  readonly etag: string;
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/**
 * Files as they are served; those of an unknown type are left out.
 *
 * @param texts Their texts, by their paths.
 * @returns The files, by the same paths.
 */
export async function staticFiles(
  texts: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, StaticFile>> {
  const files = new Map<string, StaticFile>();
  for (const [path, text] of Object.entries(texts)) {
    const mediaType = MEDIA_TYPES[path.split(".").at(-1)!];
    if (mediaType === undefined) continue;
    files.set(path, await staticFile(new TextEncoder().encode(text), mediaType));
  }
  return files;
}

/** A file of bytes. */
export async function staticFile(
  bytes: Uint8Array<ArrayBuffer>,
  mediaType: string,
): Promise<StaticFile> {
  return { bytes, mediaType, etag: `"${(await sha256(bytes)).slice(0, 32)}"` };
}

/**
 * The response with a file.
 *
 * @param file The file.
 * @param request The request; if it knows the file, it gets an empty response.
 * @param headers Further headers.
 * @returns The response.
 */
export function serveFile(
  { bytes, mediaType, etag }: StaticFile,
  request: Request,
  headers: Readonly<Record<string, string>>,
): Response {
  const all = { ...headers, "ETag": etag, "Cache-Control": "no-cache" };
  if (request.headers.get("if-none-match") === etag) {
    return new Response(null, { status: 304, headers: all });
  }
  return new Response(bytes, { headers: { ...all, "Content-Type": mediaType } });
}
