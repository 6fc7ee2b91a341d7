import type { AnyModality } from "@codi/core/modality";
import type { Tensor } from "@codi/core/tensor";
import type { PreviewOutput } from "../queue/queue.ts";
import { spectrogramPicture } from "./spectrogram_picture.ts";

/** Media types that a page can show at once, the best first. */
const SHOWN = ["image/webp", "image/gif", "image/png"];

/**
 * Shows what a sample looks like by now, small enough to be sent at every other step: words as they
 * are, sounds as a spectrogram, all else as a picture if its codec writes one.
 *
 * @param modality The sample's modality.
 * @param name The name of the output.
 * @param sample The sample.
 * @returns What is sent.
 */
export async function previewOf(
  modality: AnyModality,
  name: string,
  sample: unknown,
): Promise<PreviewOutput> {
  const { codec } = modality;
  const output = { name, modality: modality.name };
  if (codec.writes === "text/plain" && typeof sample === "string") {
    return { ...output, mediaType: "text/plain", text: sample };
  }
  if (codec.writes.startsWith("audio/") && isSound(sample)) {
    const picture = await spectrogramPicture(sample.data);
    return { ...output, mediaType: "image/png", data: picture.toBase64() };
  }
  const formats = Object.entries(codec.formats ?? {});
  const [format, mediaType] =
    SHOWN.flatMap((shown) =>
      formats.filter(([, { mediaType }]) => mediaType === shown)
        .map(([format, { mediaType }]) => [format, mediaType] as const)
    )[0] ?? [undefined, codec.writes];
  const bytes = await codec.encode(sample, format === undefined ? {} : { format });
  return { ...output, mediaType, data: bytes.toBase64() };
}

function isSound(sample: unknown): sample is Tensor {
  const { shape, data } = (sample ?? {}) as Partial<Tensor>;
  return shape?.length === 1 && data instanceof Float32Array;
}
