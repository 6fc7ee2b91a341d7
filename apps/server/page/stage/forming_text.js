import { element } from "../ui/element.js";
import { Ticker } from "./ticker.js";

/** What letters look like before they are known. */
const GLYPHS = "abcdefghijklmnopqrstuvwxyz";
/** Shown before there is a first guess. */
const BLANK = "_ _______ ____ _____ ______ _____ __ _ ____ __________";

const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Words that form from random letters. Screen readers hear them only when they are there. */
export class FormingText {
  /** @readonly */
  element = element("p", { class: "forming", "aria-hidden": "true" });
  #guess = BLANK;
  #done = 0;
  #ticker;

  constructor() {
    this.#ticker = new Ticker(this.element, () => this.#draw(), 140);
    this.#draw();
  }

  /** The present guess. @param {string} guess */
  set guess(guess) {
    this.#guess = guess === "" ? BLANK : guess;
    this.#draw();
  }

  /** The share of the steps that are taken. @param {number} done */
  set done(done) {
    this.#done = done;
    this.#draw();
  }

  /** Whether letters move. @param {boolean} moving */
  set moving(moving) {
    this.#ticker.moving = moving;
  }

  #draw() {
    const noise = Math.sin(Math.PI / 2 * (1 - this.#done));
    const random = (/** @type {string} */ letter) =>
      letter === " " || (letter !== "_" && (still.matches || Math.random() >= noise * noise))
        ? letter
        : GLYPHS[Math.floor(Math.random() * GLYPHS.length)];
    this.element.textContent = [...this.#guess].map(random).join("");
  }
}
