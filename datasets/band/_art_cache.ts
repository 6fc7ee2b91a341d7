import { join } from "@std/path";
import { RASTER_SIDE, RASTER_VERSION } from "./_rasterize.ts";
import type { DrawingPixels } from "./drawing.ts";
import { type Style, STYLES } from "./styles.ts";
import type { ThingName } from "./things.ts";

const MAGIC = 0x444e4142; // "BAND"
const HEADER = 16;

/** FNV-1a. */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}

/** The bytes of a cache file. */
export function pack({ width, height, pixels }: DrawingPixels): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER + pixels.length);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, MAGIC, true);
  header.setUint32(4, width, true);
  header.setUint32(8, height, true);
  header.setUint32(12, checksum(pixels), true);
  bytes.set(pixels, HEADER);
  return bytes;
}

/** The pixels in a cache file, or undefined if it is not whole. */
export function unpack(bytes: Uint8Array): DrawingPixels | undefined {
  if (bytes.length < HEADER) return undefined;
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  const width = header.getUint32(4, true);
  const height = header.getUint32(8, true);
  const pixels = bytes.subarray(HEADER);
  const whole = header.getUint32(0, true) === MAGIC &&
    Math.max(width, height) === RASTER_SIDE && pixels.length === 4 * width * height &&
    header.getUint32(12, true) === checksum(pixels);
  return whole ? { width, height, pixels } : undefined;
}

const folder = ({ name, version }: Style) => `${name}@${version}-r${RASTER_VERSION}`;

/** Rasterised drawings on disk: a file for each thing in a folder for each art set and version. */
export class ArtCache {
  readonly #root: string;

  constructor(directory: string) {
    this.#root = join(directory, "art");
  }

  #path(thing: ThingName, style: Style): string {
    return join(this.#root, folder(style), `${thing.replaceAll(" ", "-")}.bin`);
  }

  /** The stored pixels, or undefined if there are none that are whole. */
  async read(thing: ThingName, style: Style): Promise<DrawingPixels | undefined> {
    try {
      return unpack(await Deno.readFile(this.#path(thing, style)));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** Stores pixels; another process that reads at the same time sees all of them or none. */
  async write(thing: ThingName, style: Style, pixels: DrawingPixels): Promise<void> {
    const path = this.#path(thing, style);
    await Deno.mkdir(join(this.#root, folder(style)), { recursive: true });
    const temporary = `${path}.${crypto.randomUUID()}`;
    await Deno.writeFile(temporary, pack(pixels));
    await Deno.rename(temporary, path);
  }

  /** Removes the folders of other versions, so that the cache does not grow. */
  async prune(): Promise<void> {
    const current = new Set(STYLES.map(folder));
    try {
      for await (const { name } of Deno.readDir(this.#root)) {
        if (!current.has(name)) await Deno.remove(join(this.#root, name), { recursive: true });
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}
