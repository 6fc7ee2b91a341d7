import { decodeSound } from "../sound/decode_sound.js";
import { drawSpectrogram } from "../sound/draw_spectrogram.js";
import { onsets } from "../sound/onsets.js";
import { element } from "../ui/element.js";
import { listInWords } from "../ui/format.js";
import { transport } from "./transport.js";

const RATE = 16_000;

/**
 * Shows a sound: its spectrogram with a mark where each note begins, and a line that moves as it, or
 * the clip with it, is played. A click plays from there.
 *
 * @param {Blob} blob The sound.
 * @param {string} url Where the browser plays it from.
 * @param {{ deck: import("./deck.js").Deck, name: string }} options What plays it, and its name.
 * @returns {Promise<HTMLElement>} The view.
 */
export async function soundView(blob, url, { deck, name }) {
  const player = element("audio", { src: url, preload: "auto" });
  deck.add(player);
  const canvas = element("canvas", { class: "spectrogram", role: "img" });
  const line = element("span", { class: "playhead", hidden: true });
  const marks = element("div", { class: "onsets", "aria-hidden": "true" });
  const picture = element("div", { class: "picture" }, canvas, marks, line);
  const sound = await decodeSound(blob, RATE);
  const duration = sound.length / RATE;
  const begins = onsets(sound, RATE);
  const places = begins.map((time) => `${time.toFixed(2)} s`);
  const told = places.length === 0
    ? "no clear beginning of a note"
    : `${places.length === 1 ? "a note begins" : `${places.length} notes begin`} at ${
      listInWords(places)
    }`;
  canvas.setAttribute("aria-label", `Spectrogram of ${duration.toFixed(1)} seconds: ${told}`);
  marks.replaceChildren(...begins.map((time) => {
    const mark = element("span", { title: `${time.toFixed(2)} s`, data: { time: String(time) } });
    mark.style.left = `${100 * time / duration}%`;
    return mark;
  }));
  const draw = () => drawSpectrogram(canvas, sound, RATE, { columns: 512, rows: 160 });
  requestAnimationFrame(draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    if (canvas.isConnected) draw();
  });
  deck.addEventListener("time", () => {
    line.hidden = deck.time === undefined;
    line.style.left = `${100 * Math.min(1, (deck.time ?? 0) / duration)}%`;
  });
  picture.addEventListener("click", ({ clientX }) => {
    const { left, width } = picture.getBoundingClientRect();
    player.currentTime = duration * (clientX - left) / width;
    player.play().catch(() => {});
  });
  const count = begins.length === 1 ? "1 onset" : `${begins.length} onsets`;
  const controls = transport(player, { name });
  controls.append(element("span", { class: "count" }, count));
  return element("div", { class: "sound" }, picture, controls, player);
}
