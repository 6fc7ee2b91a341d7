import { element } from "../ui/element.js";
import { Ticker } from "./ticker.js";

/** Pictures a second of noise that moves. */
const RATE = 10;

/**
 * Gaussian noise over an output that is being made, as strong as the noise that it still holds. It
 * moves while something is made, unless the person asked for less motion.
 */
export class NoiseField {
  /** @readonly */
  element;
  #ticker;

  /** @param {{ columns: number, rows: number }} size Grains. */
  constructor({ columns, rows }) {
    this.element = element("canvas", { class: "noise", "aria-hidden": "true" });
    this.element.width = columns;
    this.element.height = rows;
    this.#ticker = new Ticker(this.element, () => this.#draw(), 1000 / RATE);
    requestAnimationFrame(() => this.#draw());
  }

  /**
   * Sets how strong it is.
   *
   * @param {number} done The share of the steps that are taken.
   */
  set done(done) {
    // The cosine schedule: what is left of the noise at this time of the diffusion.
    this.element.style.opacity = String(Math.sin(Math.PI / 2 * (1 - done)));
  }

  /** Whether it moves. @param {boolean} moving */
  set moving(moving) {
    this.#ticker.moving = moving;
  }

  #draw() {
    const { width, height } = this.element;
    const context = this.element.getContext("2d");
    if (context === null) return;
    const image = context.createImageData(width, height);
    const grains = new Uint32Array(image.data.buffer);
    const gray = () => Math.max(0, Math.min(255, Math.round(132 + 34 * normal())));
    for (let i = 0; i < grains.length; i++) {
      // Little-endian: alpha, blue, green, red.
      grains[i] = (0xff000000 | gray() << 16 | gray() << 8 | gray()) >>> 0;
    }
    context.putImageData(image, 0, 0);
  }
}

/** @returns {number} A draw from the normal distribution, near enough for the eye. */
function normal() {
  return (Math.random() + Math.random() + Math.random() + Math.random() - 2) * 1.73;
}
