import { kindOf } from "../api/capabilities.js";
import { decodeSound } from "../sound/decode_sound.js";
import { drawSpectrogram } from "../sound/draw_spectrogram.js";
import { element } from "../ui/element.js";
import { icon } from "../ui/icon.js";

/** The seconds of a sound that the server reads, and samples of a second. */
const [SECONDS, RATE] = [2, 16_000];

/**
 * Shows a sample small: a picture, a clip that moves without sound, the spectrogram of a sound, or an
 * icon where the browser cannot read it.
 *
 * @param {Blob} blob The sample.
 * @param {string} description What it is, for those who do not see it.
 * @returns {Promise<HTMLElement>} The view.
 */
export async function sampleView(blob, description) {
  const kind = kindOf(blob.type);
  if (kind === "audio") {
    const canvas = element("canvas", { role: "img", "aria-label": description });
    const sound = await decodeSound(blob).catch(() => undefined);
    if (sound !== undefined) {
      // What is heard of it, and what a part of it is chosen from.
      const heard = new Float32Array(SECONDS * RATE);
      heard.set(sound.subarray(0, heard.length));
      drawSpectrogram(canvas, heard, RATE, { columns: 160, rows: 64 });
      return canvas;
    }
  }
  const url = URL.createObjectURL(blob);
  if (kind === "image") return element("img", { src: url, alt: description });
  if (kind === "video") {
    const video = element("video", { src: url, loop: true, playsinline: true });
    video.setAttribute("aria-label", description);
    video.muted = true;
    video.autoplay = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    return video;
  }
  return element("span", { class: "unseen-sample", title: description }, icon("file"));
}
