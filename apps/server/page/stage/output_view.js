import { kindOf } from "../api/capabilities.js";
import { element } from "../ui/element.js";
import { edgeColor } from "./edge_color.js";
import { soundView } from "./sound_view.js";
import { transport } from "./transport.js";

/**
 * Shows an output that is there.
 *
 * @param {import("../api/generation.js").Output} output The output.
 * @param {Blob} blob Its bytes.
 * @param {{ deck: import("./deck.js").Deck, caption: string, sounds: boolean }} options What plays
 *   it, what it was made from, and whether clips have sound.
 * @returns {Promise<HTMLElement>} The view.
 */
export async function outputView(output, blob, { deck, caption, sounds }) {
  const kind = kindOf(output.mediaType);
  const name = output.modality;
  if (kind === "text") {
    return element("blockquote", { class: "words" }, output.text ?? await blob.text());
  }
  const url = URL.createObjectURL(blob);
  const download = element("a", { class: "plain", href: url, download: output.name });
  download.append(`${name}, ${output.mediaType}: download`);
  if (kind === "audio") {
    // What the browser cannot decode can still be taken along.
    return await soundView(blob, url, { deck, name }).catch(() => download);
  }
  if (kind === "image") {
    const image = element("img", { src: url, alt: `The ${name}: ${caption}` });
    await image.decode().then(() => image.style.background = edgeColor(image)).catch(() => {});
    return image;
  }
  if (kind === "video") {
    const video = element("video", { src: url, playsinline: true, preload: "auto" });
    video.setAttribute("aria-label", `The ${name}: ${caption}`);
    video.muted = true;
    video.addEventListener("loadeddata", () => video.style.background = edgeColor(video));
    deck.add(video);
    const label = sounds ? `${name} with its sound` : name;
    const controls = transport(video, { name: label, silentLoop: true });
    return element("div", { class: "clip" }, video, controls);
  }
  return download;
}
