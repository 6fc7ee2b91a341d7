import { type Scene, scene } from "@codi/band";
import type { Tensor } from "@codi/core/tensor";
import {
  type Bench,
  inPieces,
  type Measurement,
  openPart,
  percent,
  picturesOf,
  stacked,
} from "./bench.ts";
import { meanOf, pictureError, psnr, type Share, shareWhere } from "./statistics.ts";

/** How well the image autoencoder keeps pictures of held-out scenes. */
export interface AutoencoderFigures {
  /** How many pictures. */
  readonly pictures: number;
  /** The mean of the pictures' peak signal-to-noise ratios, in decibels. */
  readonly psnr: number;
  /** The ratio of the mean squared error over all pictures, in decibels. */
  readonly psnrOfAll: number;
  /** Originals whose thing the reader reads right. */
  readonly original: Share;
  /** Reconstructions whose thing the reader reads right. */
  readonly reconstructed: Share;
  /** Of the originals that it reads right, those whose reconstruction it reads right too. */
  readonly kept: Share;
}

/**
 * Measures the image autoencoder on held-out scenes.
 *
 * @param bench What it works with.
 * @param options How many pictures.
 * @returns The figures.
 */
export async function measureAutoencoder(
  bench: Bench,
  options: { readonly count: number },
): Promise<Measurement<AutoencoderFigures>> {
  const { image, device, art, reader } = bench;
  const { encoder, decoder, feeds, decode } = image.autoencoder!;
  const encoding = await openPart(image, "autoencoder", encoder, device);
  const decoding = await openPart(image, "autoencoder", decoder, device);
  const scenes = Array.from({ length: options.count }, (_, index) => scene("held-out", index));

  const judge = async (piece: readonly Scene[]) => {
    const pictures = picturesOf(piece, art);
    const { latent } = await encoding.run(feeds(pictures));
    const copies = await decode(decoding, latent!, { signal: undefined }) as Tensor[];
    const before = await reader.read(stacked(pictures));
    const after = await reader.read(stacked(copies));
    return piece.map(({ thing }, i) => ({
      error: pictureError(pictures[i]!.data, copies[i]!.data),
      original: before[i]!.thing === thing,
      reconstructed: after[i]!.thing === thing,
    }));
  };
  const judged = await inPieces(bench, scenes, 32, judge);
  const figures: AutoencoderFigures = {
    pictures: judged.length,
    psnr: meanOf(judged.map(({ error }) => psnr(error))),
    psnrOfAll: psnr(meanOf(judged.map(({ error }) => error))),
    original: shareWhere(judged, ({ original }) => original),
    reconstructed: shareWhere(judged, ({ reconstructed }) => reconstructed),
    kept: shareWhere(
      judged.filter(({ original }) => original),
      ({ reconstructed }) => reconstructed,
    ),
  };
  return {
    figures,
    rows: [
      {
        name: "PSNR, mean over pictures",
        value: `${figures.psnr.toFixed(2)} dB`,
        goal: "≥ 26 dB",
        met: figures.psnr >= 26,
      },
      { name: "PSNR of the mean error", value: `${figures.psnrOfAll.toFixed(2)} dB` },
      { name: "thing read in originals", value: percent(figures.original) },
      {
        name: "thing read in reconstructions",
        value: percent(figures.reconstructed),
        goal: "≥ 95 %",
        met: figures.reconstructed.share >= 0.95,
      },
      { name: "thing still read where it was before", value: percent(figures.kept) },
    ],
  };
}
