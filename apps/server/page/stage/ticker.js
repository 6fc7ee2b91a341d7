const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Draws something again and again while it is seen, unless the person asked for less motion. */
export class Ticker {
  #element;
  #draw;
  #every;
  #moving = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {HTMLElement} element What is drawn; nothing is drawn while it is not in the document.
   * @param {() => void} draw Draws it.
   * @param {number} every Milliseconds from one drawing to the next.
   */
  constructor(element, draw, every) {
    this.#element = element;
    this.#draw = draw;
    this.#every = every;
  }

  /** Whether it moves. @param {boolean} moving */
  set moving(moving) {
    this.#moving = moving;
    clearTimeout(this.#timer);
    if (moving) this.#tick();
  }

  #tick() {
    if (!this.#moving || still.matches || !this.#element.isConnected) return;
    if (!document.hidden) this.#draw();
    this.#timer = setTimeout(() => this.#tick(), this.#every);
  }
}
