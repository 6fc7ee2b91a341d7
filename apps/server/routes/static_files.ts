import { join } from "@std/path";
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
  json: "application/json",
  txt: "text/plain; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  webp: "image/webp",
  ico: "image/x-icon",
  woff2: "font/woff2",
  webmanifest: "application/manifest+json",
};

/**
 * Reads all files of a folder whose type is known. Requests are answered from what was read, so that no
 * path of a request reaches the file system.
 *
 * @param folder The folder; it may be missing.
 * @returns The files, by their paths below the folder, separated by "/".
 */
export async function readStaticFiles(folder: string): Promise<ReadonlyMap<string, StaticFile>> {
  const files = new Map<string, StaticFile>();
  const read = async (below: string) => {
    for await (const { name, isDirectory, isFile } of Deno.readDir(join(folder, below))) {
      if (name.startsWith(".") || name.startsWith("_") || name === "deno.json") continue;
      const path = below === "" ? name : `${below}/${name}`;
      if (isDirectory) await read(path);
      const mediaType = MEDIA_TYPES[name.split(".").at(-1)!];
      if (isFile && mediaType !== undefined && !/_test\.\w+$/.test(name)) {
        files.set(path, await staticFile(await Deno.readFile(join(folder, path)), mediaType));
      }
    }
  };
  try {
    await read("");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
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
