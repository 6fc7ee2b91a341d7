import type { Codi } from "@codi/core/generation";
import { type AnyModality, findModality } from "@codi/core/modality";
import type { Tensor } from "@codi/core/tensor";
import type { CommandContext } from "../command.ts";
import { PICTURE_ROWS, terminalPicture } from "../terminal_picture.ts";

/** Milliseconds between two pictures. */
const PAUSE = 1500;

/** The most pictures side by side. */
const TILES = 6;

/** Pictures of what is being generated, above the progress line. */
export interface Preview {
  /** Shows the estimates of a step, unless the last picture was only just drawn. */
  step(denoised: Readonly<Record<string, Tensor>>): Promise<void>;
  /** Shows finished samples. */
  finish(samples: readonly Readonly<Record<string, unknown>>[]): Promise<void>;
}

/**
 * Begins a preview; where the terminal shows no pictures, or no output is one, it does nothing.
 *
 * @param codi Decodes estimates.
 * @param to The outputs.
 * @param context The terminal.
 * @returns The preview.
 */
export function openPreview(codi: Codi, to: readonly string[], context: CommandContext): Preview {
  const { pictures: protocol, report, now } = context;
  const visible = to.map((name) => findModality(codi.modalities, name))
    .filter((modality) => pictureFormat(modality) !== undefined);
  if (protocol === undefined || visible.length === 0) {
    return { step: () => Promise.resolve(), finish: () => Promise.resolve() };
  }
  let begun = false;
  let last = now();
  const draw = async (tiles: readonly Uint8Array[]) => {
    const picture = await terminalPicture(protocol, await sideBySide(tiles.slice(0, TILES)));
    // Rows that exist are drawn over, so that the terminal need not scroll under a picture.
    if (!begun) report(`\r\x1b[K${"\n".repeat(PICTURE_ROWS)}`);
    begun = true;
    report(`\x1b7\x1b[${PICTURE_ROWS}A\r${picture}\x1b8`);
    last = now();
  };
  return {
    step: async (denoised) => {
      if (now() - last < PAUSE) return;
      const tiles: Uint8Array[] = [];
      for (const modality of visible) {
        const latents = denoised[modality.name]!;
        const count = Math.min(latents.shape[0]!, Math.ceil(TILES / visible.length));
        const shape = [count, ...latents.shape.slice(1)];
        const data = latents.data.slice(0, latents.data.length / latents.shape[0]! * count);
        for (const sample of await codi.decode(modality.name, { shape, data })) {
          tiles.push(await pictureOf(modality, sample));
        }
      }
      await draw(tiles);
    },
    finish: async (samples) => {
      const tiles: Uint8Array[] = [];
      for (const sample of samples.slice(0, Math.ceil(TILES / visible.length))) {
        for (const modality of visible) {
          tiles.push(await pictureOf(modality, sample[modality.name]));
        }
      }
      await draw(tiles);
    },
  };
}

/** The name of a format that is a picture; "" for the codec's own. */
function pictureFormat({ codec }: AnyModality): string | undefined {
  if (codec.writes.startsWith("image/")) return "";
  return Object.entries(codec.formats ?? {})
    .find(([, { mediaType }]) => mediaType.startsWith("image/"))?.[0];
}

async function pictureOf(modality: AnyModality, sample: unknown): Promise<Uint8Array> {
  const format = pictureFormat(modality);
  return await modality.codec.encode(sample, format ? { format } : {});
}

/** Pictures, of animations the first frame, in a row of one height. */
async function sideBySide(pictures: readonly Uint8Array[]): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  const height = 64;
  let left = 0;
  const tiles: { input: Uint8Array; top: number; left: number }[] = [];
  for (const picture of pictures) {
    const { data, info } = await sharp(picture).resize({ height }).png()
      .toBuffer({ resolveWithObject: true });
    tiles.push({ input: data, top: 0, left });
    left += info.width + 4;
  }
  const background = { r: 0, g: 0, b: 0, alpha: 0 };
  return await sharp({ create: { width: left - 4, height, channels: 4, background } })
    .composite(tiles as never).png().toBuffer();
}
