/** The Worker in which strangers' files are decoded; it can be ended at any moment. */

import { type AnyModality, findModality } from "@codi/core/modality";
import { ALL_FORMATS, BufferSource, Input } from "mediabunny";
import { cleanPicture } from "./_clean_picture.ts";
import { compileBehind, type CompileGate } from "./_compile_gate.ts";
import { type PictureSize, pictureSize } from "./picture_size.ts";
import { reasonOf } from "./_reason.ts";

/** What the Worker is told first. */
export interface IntakeStart {
  /** The module that exports `modalities`. */
  readonly prepare: string;
  /** Behind which wasm is compiled. */
  readonly gate: CompileGate;
}

/** What the Worker is asked. */
export interface IntakeQuestion {
  /** The module that exports `modalities`. */
  readonly modalities: string;
  /** The modality that the file is a sample or a mask of. */
  readonly modality: string;
  /** The file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its media type, found in its bytes. */
  readonly mediaType: string;
  /** How long a sound or clip may be. */
  readonly seconds: number;
  /** How many pixels a frame may have. */
  readonly pixels: number;
  /** Bytes of memory that it may take while it is decoded. */
  readonly memoryBytes: number;
}

/** What the Worker answers. */
export type IntakeAnswer =
  | {
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly mediaType: string;
    readonly memoryBytes: number;
    readonly sent?: PictureSize;
  }
  | {
    readonly problem: "unreadable-file" | "too-large" | "job-too-large";
    readonly detail: string;
  };

/** How many frames of a clip are held decoded, three bytes a pixel: those of two seconds. */
const HELD_FRAMES = 16;

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<IntakeQuestion | IntakeStart>) => void;
  postMessage(answer: IntakeAnswer | "ready"): void;
};

// What the decoders print of a stranger's file is nothing for the server's log.
for (const name of ["log", "warn", "error"] as const) globalThis.console[name] = () => {};

async function take(question: IntakeQuestion): Promise<IntakeAnswer> {
  const { bytes, mediaType } = question;
  if (mediaType.startsWith("image/")) {
    const cleaned = await cleanPicture(bytes, mediaType);
    const { width, height, frames } = pictureSize(cleaned.bytes, cleaned.mediaType);
    return { ...cleaned, memoryBytes: 4 * width * height * frames };
  }
  const looked = /^(audio|video)\//.test(mediaType)
    ? await checkMedia(question)
    : { memoryBytes: bytes.length };
  if ("problem" in looked) return looked;
  const module: { modalities: readonly AnyModality[] } = await import(question.modalities);
  const { codec } = findModality(module.modalities, question.modality);
  await codec.decode(bytes); // what it does not read is refused here, not when it is generated from
  return { bytes, mediaType, ...looked };
}

/** Looks at what the file says of itself, before anything of it is decoded. */
async function checkMedia(
  { bytes, seconds, pixels, memoryBytes }: IntakeQuestion,
): Promise<{ memoryBytes: number } | Extract<IntakeAnswer, { problem: string }>> {
  const input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS });
  const tooLarge = (detail: string) => ({ problem: "too-large" as const, detail });
  try {
    let most = bytes.length;
    for (const track of await input.getVideoTracks()) {
      const [width, height] = [await track.getCodedWidth(), await track.getCodedHeight()];
      if (width * height > pixels) {
        return tooLarge(`its frames of ${width}×${height} are above the limit of ${pixels} pixels`);
      }
      most = Math.max(most, 3 * HELD_FRAMES * width * height);
      if (most > memoryBytes) {
        return {
          problem: "job-too-large",
          detail: `its frames of ${width}×${height} take ${Math.ceil(most / 1e6)} MB of memory, ` +
            `above the limit of ${Math.ceil(memoryBytes / 1e6)} MB for a generation; send a ` +
            "smaller clip",
        };
      }
    }
    const length = await input.computeDuration();
    if (length > seconds) {
      return tooLarge(
        `its ${Math.ceil(length)} seconds are above the limit of ${seconds} seconds`,
      );
    }
    return { memoryBytes: most };
  } finally {
    input.dispose();
  }
}

scope.onmessage = async ({ data }) => {
  try {
    if ("prepare" in data) { // what is loaded first does not count as decoding
      compileBehind(data.gate);
      await import(data.prepare);
      for (const mediaType of ["image/png", "image/jpeg", "image/webp"]) {
        await cleanPicture(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), mediaType).catch(() => {});
      }
      return scope.postMessage("ready");
    }
    scope.postMessage(await take(data));
  } catch (error) {
    scope.postMessage({ problem: "unreadable-file", detail: reasonOf(error) });
  }
};
