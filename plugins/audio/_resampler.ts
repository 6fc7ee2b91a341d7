import LibSampleRate from "@alexanderolsen/libsamplerate-js";
import { SOUND_RATE } from "./sound.ts";

/** Brings samples that come block by block to 16 kHz. */
export interface Resampler {
  /** The samples that a block completes. */
  push(block: Float32Array): Float32Array;
  /** Frees its memory. */
  close(): void;
}

/** More than how far from a sample in seconds others count in it, at any rate from 1000 Hz. */
export const RESAMPLER_REACH = 0.1;

/** Opens a resampler, of windowed sines, from some rate to 16 kHz. */
export async function openResampler(rate: number): Promise<Resampler> {
  if (rate === SOUND_RATE) return { push: (block) => block, close: () => {} };
  const { create, ConverterType } = LibSampleRate;
  const converter = await create(1, rate, SOUND_RATE, {
    converterType: ConverterType.SRC_SINC_MEDIUM_QUALITY,
  });
  return {
    push: (block) => block.length === 0 ? block : converter.full(block),
    close: () => converter.destroy(),
  };
}
