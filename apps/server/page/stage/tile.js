import { kindOf } from "../api/capabilities.js";
import { drawSpectrogramPicture } from "../sound/draw_spectrogram.js";
import { element } from "../ui/element.js";
import { icon } from "../ui/icon.js";
import { FormingText } from "./forming_text.js";
import { NoiseField } from "./noise_field.js";

/** @typedef {import("../api/generation.js").PreviewOutput} PreviewOutput */

/** The place of one output: noise, then previews in the noise, then what was made. */
export class Tile {
  /** @readonly */
  element;
  /** @readonly */
  modality;
  #body = element("div", { class: "body" });
  #tools = element("div", { class: "tools" });
  #kind;
  /** @type {NoiseField | FormingText} */
  #noise;
  /** @type {HTMLElement | undefined} */
  #shown;
  /** Counts what is shown, so that what comes late does not replace what came after. */
  #turn = 0;

  /** @param {import("../api/capabilities.js").ModalityInfo} info What it is the place of. */
  constructor({ name, writes }) {
    this.modality = name;
    this.#kind = kindOf(writes);
    this.#noise = this.#kind === "text"
      ? new FormingText()
      : new NoiseField({ columns: this.#kind === "audio" ? 128 : 64, rows: 64 });
    const title = element("h3", {}, icon(name), name);
    const head = element("header", {}, title, this.#tools);
    const properties = { class: "tile", data: { voice: name, kind: this.#kind, state: "idle" } };
    this.element = element("article", { ...properties, "aria-label": name }, head, this.#body);
    this.idle();
  }

  /** Shows that nothing is made yet. */
  idle() {
    this.#clear("idle");
    this.#noise.done = 0;
  }

  /** Shows that it begins. */
  begin() {
    this.#clear("forming");
    this.#noise.done = 0;
    this.#noise.moving = true;
  }

  /** @param {number} done The share of the steps that are taken. */
  progress(done) {
    this.#noise.done = done;
  }

  /**
   * Shows what it looks like by now.
   *
   * @param {PreviewOutput} preview The preview.
   */
  async preview({ mediaType, data, text }) {
    const turn = ++this.#turn;
    if (this.#noise instanceof FormingText) {
      this.#noise.guess = text ?? "";
      return;
    }
    if (data === undefined) return;
    const url = `data:${mediaType};base64,${data}`;
    const view = this.#kind === "audio"
      ? await spectrogramOf(url)
      : element("img", { src: url, alt: "", class: "preview" });
    if (view instanceof HTMLImageElement) await view.decode().catch(() => {});
    if (turn !== this.#turn) return;
    this.#shown?.remove();
    this.#body.prepend(view);
    this.#shown = view;
  }

  /**
   * Shows what was made.
   *
   * @param {HTMLElement} view The view of it.
   * @param {readonly HTMLElement[]} tools What can be done with it.
   */
  show(view, tools) {
    this.#clear("done");
    this.#noise.element.remove();
    this.#body.append(view);
    this.#shown = view;
    this.#tools.replaceChildren(...tools);
  }

  /**
   * Shows that there is nothing.
   *
   * @param {string} why Why.
   */
  empty(why) {
    this.#clear("empty");
    const view = element("p", { class: "why" }, why);
    this.#body.append(view);
    this.#shown = view;
  }

  /** @param {"idle" | "forming" | "done" | "empty"} state What comes next. */
  #clear(state) {
    this.#turn++;
    this.element.dataset.state = state;
    this.#noise.moving = false;
    for (const media of this.#body.querySelectorAll("video, audio")) {
      if (media instanceof HTMLMediaElement) media.pause();
    }
    for (const user of this.element.querySelectorAll("[src^='blob:'], [href^='blob:']")) {
      URL.revokeObjectURL(user.getAttribute("src") ?? user.getAttribute("href") ?? "");
    }
    this.#shown = undefined;
    this.#tools.replaceChildren();
    this.#body.replaceChildren(this.#noise.element);
    if (this.#noise instanceof FormingText) this.#noise.guess = "";
  }
}

/**
 * @param {string} url A picture of a spectrogram.
 * @returns {Promise<HTMLCanvasElement>} It in the colours of the page.
 */
async function spectrogramOf(url) {
  const canvas = element("canvas", { class: "preview" });
  const image = new Image();
  image.src = url;
  await image.decode();
  drawSpectrogramPicture(canvas, await createImageBitmap(image));
  return canvas;
}
