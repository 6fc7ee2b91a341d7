import { type Scene, scene } from "@codi/band";
import type { Tensor } from "@codi/core/tensor";
import { type Bench, inPieces, type Measurement, openPart, picturesOf, stacked } from "./bench.ts";
import { estimateText, judged, shareText, shortShare } from "./figures.ts";
import { bootstrap } from "./metrics/bootstrap.ts";
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
  const read = await inPieces(bench, scenes, 32, judge);
  const ratio = bootstrap(read.map(({ error }) => psnr(error)), meanOf);
  const figures: AutoencoderFigures = {
    pictures: read.length,
    psnr: ratio.value,
    psnrOfAll: psnr(meanOf(read.map(({ error }) => error))),
    original: shareWhere(read, ({ original }) => original),
    reconstructed: shareWhere(read, ({ reconstructed }) => reconstructed),
    kept: shareWhere(
      read.filter(({ original }) => original),
      ({ reconstructed }) => reconstructed,
    ),
  };
  return {
    figures,
    rows: [
      {
        name: "PSNR, mean over pictures, dB",
        value: estimateText(ratio),
        ...judged(figures.psnr, { first: 26, goal: 26 }, {
          text: (value) => `${value} dB`,
          interval: ratio,
          cause: "its training was short on two cores",
        }),
      },
      { name: "PSNR of the mean error", value: `${figures.psnrOfAll.toFixed(2)} dB` },
      { name: "thing read in originals", value: shareText(figures.original) },
      {
        name: "thing read in reconstructions",
        value: shareText(figures.reconstructed),
        beside: { originals: shortShare(figures.original) },
        ...judged(figures.reconstructed.share, { first: 0.95, goal: 0.95 }, {
          interval: figures.reconstructed,
          ceiling: figures.original.share,
          cause: "its training was short on two cores",
        }),
      },
      { name: "thing still read where it was before", value: shareText(figures.kept) },
    ],
  };
}
