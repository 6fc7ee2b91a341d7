import { fromFileUrl } from "@std/path";
import { decodeSafetensors, type Safetensors } from "./decode_safetensors.ts";

/** Where fetched files are kept. */
const CACHE = "codi-weights";

/**
 * The bytes of a file, wherever it is. What is fetched is kept on disk, as Deno keeps modules: under an
 * address there is always the same.
 *
 * @param url A file, or an http or https address.
 * @returns The whole file.
 * @throws {Deno.errors.NotFound} If there is no such file.
 * @throws {RangeError} If the address is of another kind.
 * @throws {Error} If it cannot be fetched; the message says how to permit that.
 *
 * @example A file
 * ```ts
 * import { loadBytes } from "@codi/core/weights";
 * import { assertEquals } from "@std/assert";
 * import { toFileUrl } from "@std/path";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeFile(path, Uint8Array.of(1, 2));
 * assertEquals(await loadBytes(toFileUrl(path)), Uint8Array.of(1, 2));
 * await Deno.remove(path);
 * ```
 */
export async function loadBytes(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  if (url.protocol === "file:") return await Deno.readFile(fromFileUrl(url));
  if (!/^https?:$/.test(url.protocol)) {
    throw new RangeError(`Cannot read "${url}": it takes a file, or an http or https address`);
  }
  const cache = await caches.open(CACHE);
  const kept = await cache.match(url);
  if (kept !== undefined) return new Uint8Array(await kept.arrayBuffer());
  let response: Response;
  try {
    response = await fetch(url);
  } catch (cause) {
    const remedy = cause instanceof Deno.errors.NotCapable
      ? `permit it with --allow-net=${url.host}`
      : "is there a network?";
    throw new Error(`Cannot fetch "${url}": ${remedy}`, { cause });
  }
  if (!response.ok) {
    await response.body?.cancel();
    const message = `Cannot fetch "${url}": the server says ${response.status}`;
    throw response.status === 404 ? new Deno.errors.NotFound(message) : new Error(message);
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  await cache.put(url, new Response(bytes));
  return bytes;
}

/**
 * Reads a safetensors file, wherever it is, as {@linkcode loadBytes} does.
 *
 * @param url A file, or an http or https address.
 * @returns Its tensors, metadata and dtypes, as {@linkcode decodeSafetensors} gives them.
 * @throws {SyntaxError} If the file does not keep to the format; the message names it.
 * @throws As {@linkcode loadBytes} does.
 *
 * @example Read what was written
 * ```ts
 * import { tensor } from "@codi/core/tensor";
 * import { loadWeights, writeWeights } from "@codi/core/weights";
 * import { assertEquals } from "@std/assert";
 * import { toFileUrl } from "@std/path";
 *
 * const folder = await Deno.makeTempDir();
 * await writeWeights(`${folder}/a.safetensors`, { bias: tensor([2]) });
 * const { tensors } = await loadWeights(toFileUrl(`${folder}/a.safetensors`));
 * assertEquals(tensors["bias"]?.shape, [2]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function loadWeights(url: URL): Promise<Safetensors> {
  const bytes = await loadBytes(url);
  try {
    return decodeSafetensors(bytes);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const fetched = url.protocol !== "file:";
    // What a broken answer left is not to stay: the next call fetches anew.
    if (fetched) await (await caches.open(CACHE)).delete(url);
    const name = fetched ? url.href : fromFileUrl(url);
    const named = error.message.replace("Cannot read safetensors", () => `Cannot read "${name}"`);
    throw new SyntaxError(named, { cause: error });
  }
}
