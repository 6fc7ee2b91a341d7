import type { AnyModality } from "@codi/core/modality";
import { Problem } from "../problem.ts";
import type { AcceptedFile } from "./accepted_file.ts";
import { pictureSize } from "./picture_size.ts";
import { reasonOf } from "./_reason.ts";

/** A picture that was written anew has still to be what the modality reads. */
export async function checkPictureSample(
  { codec }: AnyModality,
  file: AcceptedFile,
  place: string,
): Promise<void> {
  if (!file.mediaType.startsWith("image/")) return;
  try {
    await codec.decode(file.bytes);
  } catch (cause) {
    throw new Problem("unreadable-file", `${place}: ${reasonOf(cause)}`, { cause });
  }
}

/** A mask has to fit its sample, and to mark something. */
export async function checkMask(
  { codec, autoencoder }: AnyModality,
  file: AcceptedFile,
  sample: AcceptedFile,
  place: string,
): Promise<void> {
  try {
    autoencoder!.latentMask!(await codec.decodeMask!(file.bytes, sample.bytes));
  } catch (cause) {
    if (cause instanceof RangeError && cause.message.startsWith("Cannot ")) {
      const detail = cause.message;
      throw new Problem("invalid-request", `${place}: ${detail}`, {
        errors: [{ pointer: place, detail }],
        cause,
      });
    }
    throw new Problem(
      "unreadable-file",
      `${place}: ${reasonOf(cause)}${shrunkText(file, "the mask")}${
        shrunkText(sample, "its sample")
      }`,
      { cause },
    );
  }
}

/** Says of a picture that was made smaller how large it was. */
function shrunkText({ bytes, mediaType, sent }: AcceptedFile, what: string): string {
  if (sent === undefined || pictureSize(bytes, mediaType).width === sent.width) return "";
  return `; ${what} was sent with ${sent.width}×${sent.height} pixels and made smaller`;
}
