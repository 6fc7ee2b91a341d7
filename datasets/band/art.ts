import { ArtCache } from "./_art_cache.ts";
import { type Icon, rasterizer } from "./_rasterize.ts";
import { type Drawing, drawing, type DrawingPixels } from "./drawing.ts";
import { iconOf, type Style, type StyleName, STYLES, TRAINING_STYLES } from "./styles.ts";
import { THING_NAMES, type ThingName } from "./things.ts";

/** What {@linkcode openArt} loads and where it keeps it. */
export interface ArtOptions {
  /**
   * The things whose drawings to load.
   *
   * @default {THING_NAMES}
   */
  readonly things?: readonly ThingName[];
  /**
   * The art sets to load drawings from; the two unseen ones must be asked for.
   *
   * @default {TRAINING_STYLES}
   */
  readonly styles?: readonly StyleName[];
  /**
   * The directory that keeps rasterised drawings (about 12 MB for all), or false for none.
   *
   * @default {".cache/band"}
   */
  readonly cache?: string | false;
}

/** Drawings, ready to be placed in pictures. */
export interface Art {
  /** Every loaded drawing. */
  readonly drawings: readonly Drawing[];
  /**
   * A thing as an art set draws it.
   *
   * @throws {RangeError} If it was not loaded.
   */
  drawing(thing: ThingName, style: StyleName): Drawing;
}

interface IconSet {
  readonly width?: number;
  readonly height?: number;
  readonly icons: Readonly<Record<string, { readonly body: string } & Partial<Icon>>>;
}

/** Imported by full specifier, and only here: a program that finds its drawings cached needs no set. */
async function importIcons({ name, version }: Style): Promise<IconSet> {
  const specifier = `npm:@iconify-json/${name}@${version}/icons.json`;
  const module: { default: IconSet } = await import(specifier, { with: { type: "json" } });
  return module.default;
}

async function rasterize(
  style: Style,
  things: readonly ThingName[],
): Promise<Map<ThingName, DrawingPixels>> {
  const [set, render] = await Promise.all([importIcons(style), rasterizer()]);
  const pixels = new Map<ThingName, DrawingPixels>();
  for (const thing of things) {
    const name = iconOf(thing, style.name)!;
    const icon = set.icons[name];
    if (icon === undefined) {
      throw new SyntaxError(
        `Cannot draw "${thing}": @iconify-json/${style.name} ${style.version} has no icon "${name}"`,
      );
    }
    const { left = 0, top = 0, width = set.width ?? 16, height = set.height ?? 16, body } = icon;
    pixels.set(thing, render({ body, left, top, width, height }));
  }
  return pixels;
}

/**
 * Loads drawings. Each is rasterised once, to 128 pixels on its longer side, and then found in the
 * cache; a file that is missing or damaged is made anew. Only rasterising imports the art sets from
 * npm. It needs permission to read, and to write the cache.
 *
 * @param options The things and art sets to load, and the cache's directory.
 * @returns The drawings.
 * @throws {SyntaxError} If an art set does not hold a drawing it should.
 *
 * @example A picture of the first training scene
 * ```ts
 * import { drawImage, openArt, scene } from "@codi/band";
 * import { assertEquals } from "@std/assert";
 *
 * const only = { things: ["guitar"], styles: ["twemoji"] } as const;
 * const art = await openArt(only);
 * assertEquals(drawImage(scene("train", 0, only), art).shape, [3, 64, 64]);
 * ```
 */
export async function openArt(options: ArtOptions = {}): Promise<Art> {
  const { things = THING_NAMES, styles = TRAINING_STYLES, cache = ".cache/band" } = options;
  const store = cache === false ? undefined : new ArtCache(cache);
  const loaded = new Map<string, Drawing>();
  let rasterized = false;
  for (const style of STYLES.filter(({ name }) => styles.includes(name))) {
    const wanted = THING_NAMES.filter((thing) =>
      things.includes(thing) && iconOf(thing, style.name) !== undefined
    );
    const found = new Map<ThingName, DrawingPixels>();
    if (store !== undefined) {
      const read = await Promise.all(wanted.map((thing) => store.read(thing, style)));
      read.forEach((pixels, i) => pixels !== undefined && found.set(wanted[i]!, pixels));
    }
    const missing = wanted.filter((thing) => !found.has(thing));
    if (missing.length > 0) {
      rasterized = true;
      for (const [thing, pixels] of await rasterize(style, missing)) {
        found.set(thing, pixels);
        await store?.write(thing, style, pixels);
      }
    }
    for (const thing of wanted) {
      loaded.set(`${thing}/${style.name}`, drawing(thing, style.name, found.get(thing)!));
    }
  }
  if (rasterized) await store?.prune();
  return {
    drawings: [...loaded.values()],
    drawing(thing: ThingName, style: StyleName): Drawing {
      const one = loaded.get(`${thing}/${style}`);
      if (one === undefined) {
        throw new RangeError(
          `Cannot draw "${thing}" in style "${style}": this drawing was not loaded`,
        );
      }
      return one;
    },
  };
}
