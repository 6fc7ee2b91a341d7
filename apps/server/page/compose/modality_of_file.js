import { Problem, remedyFor } from "../api/problem.js";
import { decodeSound } from "../sound/decode_sound.js";
import { writeWav } from "../sound/write_wav.js";
import { sizeInWords } from "../ui/format.js";

/** @typedef {import("../api/capabilities.js").Capabilities} Capabilities */

/** Names of media types that browsers and systems use beside the usual ones. */
const ALIASES = /** @type {Record<string, string>} */ ({
  "audio/x-wav": "audio/wav",
  "audio/wave": "audio/wav",
  "audio/vnd.wave": "audio/wav",
  "audio/mp3": "audio/mpeg",
  "audio/x-flac": "audio/flac",
  "application/ogg": "audio/ogg",
  "audio/opus": "audio/ogg",
  "image/jpg": "image/jpeg",
});

/** Samples a second of what is decoded here. */
const RATE = 16_000;

/**
 * Finds out what a file is, as far as that shows without the server, and refuses what is too large
 * before it is sent. Sounds of a type that the server does not take are decoded and taken as WAV.
 *
 * @param {File} file The file.
 * @param {Capabilities} capabilities What the server can do.
 * @returns {Promise<{ modality: string, blob: Blob }>} The modality, and what is sent.
 * @throws {Problem} If it is too large, or of a type that nobody takes.
 */
export async function modalityOfFile(file, capabilities) {
  const { modalities, limits } = capabilities;
  if (file.size > limits.uploadBytes) {
    throw new Problem({
      title: "The file is too large",
      detail: `“${file.name}” has ${sizeInWords(file.size)}; this server takes files of up to ${
        sizeInWords(limits.uploadBytes)
      }`,
      remedy: "Use a smaller or shorter file.",
      type: "too-large",
    });
  }
  const type = ALIASES[file.type] ?? file.type;
  const takers = modalities.filter(({ words, accepts }) => !words && accepts.includes(type));
  const [first] = takers;
  if (first !== undefined) {
    const moves = type === "image/gif" && await isAnimated(file);
    const mover = takers.find(({ writes }) => writes.startsWith("video/") === moves);
    return { modality: (mover ?? first).name, blob: file };
  }
  const sound = modalities.find(({ accepts }) => accepts.includes("audio/wav"));
  if (sound !== undefined && /^(audio|video)\//.test(type)) {
    const samples = await decodeSound(file, RATE).catch(() => undefined);
    if (samples !== undefined) return { modality: sound.name, blob: writeWav(samples, RATE) };
  }
  throw new Problem({
    title: "The type is not supported",
    detail: `“${file.name}” is ${type === "" ? "of no known type" : type}`,
    remedy: remedyFor("unsupported-type", capabilities),
    type: "unsupported-type",
  });
}

/**
 * @param {Blob} gif A GIF file.
 * @returns {Promise<boolean>} Whether it has more than one picture.
 */
async function isAnimated(gif) {
  const bytes = new Uint8Array(await gif.arrayBuffer());
  let pictures = 0;
  // Every picture of an animation comes after a graphic control extension: 21 F9 04.
  for (let i = 0; i + 2 < bytes.length && pictures < 2; i++) {
    if (bytes[i] === 0x21 && bytes[i + 1] === 0xf9 && bytes[i + 2] === 0x04) pictures++;
  }
  return pictures > 1;
}
