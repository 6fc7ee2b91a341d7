import { createRequire } from "node:module";
import type { DrawingPixels } from "./drawing.ts";

/** The longer side of a rasterised drawing, in pixels. */
export const RASTER_SIDE = 128;

/** Counts up whenever rasterising gives other pixels, so that caches rebuild themselves. */
export const RASTER_VERSION = 1;

/** The side of the first, untrimmed picture in which the content box is found. */
const PROBE_SIDE = 512;

/** Alpha below which a pixel does not count as content. */
const FAINT = 12;

/** An icon's drawing, as `@iconify-json` packages hold it. */
export interface Icon {
  /** The SVG elements. */
  readonly body: string;
  /** The view box. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

type Rasterize = (icon: Icon) => DrawingPixels;

let ready: Promise<Rasterize> | undefined;

async function start(): Promise<Rasterize> {
  const resvg = await import("@resvg/resvg-wasm");
  const path = createRequire(import.meta.url).resolve("@resvg/resvg-wasm/index_bg.wasm");
  await resvg.initWasm(await Deno.readFile(path));

  const render = (icon: Icon, mode: "width" | "height", side: number): DrawingPixels => {
    const { left, top, width, height, body } = icon;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" ` +
      `xmlns:xlink="http://www.w3.org/1999/xlink" ` +
      `viewBox="${left} ${top} ${width} ${height}" width="${width}" height="${height}">${body}</svg>`;
    const renderer = new resvg.Resvg(svg, {
      fitTo: { mode, value: side },
      font: { loadSystemFonts: false },
    });
    const image = renderer.render();
    const pixels = image.pixels.slice();
    const size = { width: image.width, height: image.height };
    image.free();
    renderer.free();
    return { ...size, pixels };
  };
  return (icon) => {
    const trimmed = trim(icon, render(icon, "width", PROBE_SIDE));
    return render(trimmed, trimmed.width >= trimmed.height ? "width" : "height", RASTER_SIDE);
  };
}

/** The icon with its view box reduced to what a picture of it shows. */
function trim(icon: Icon, { width, height, pixels }: DrawingPixels): Icon {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (pixels[4 * (y * width + x) + 3]! < FAINT) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
    }
  }
  if (left >= right) throw new SyntaxError("Cannot rasterise an icon: its SVG draws nothing");
  const scale = icon.width / width;
  return {
    body: icon.body,
    left: icon.left + left * scale,
    top: icon.top + top * scale,
    width: (right - left) * scale,
    height: (bottom - top) * scale,
  };
}

/**
 * Loads the SVG renderer once.
 *
 * @returns A function from an icon to the premultiplied pixels of its content, the longer side
 * {@linkcode RASTER_SIDE} pixels long.
 */
export function rasterizer(): Promise<Rasterize> {
  ready ??= start();
  return ready;
}
