/** Plays one thing at a time, and tells where it is while it plays: "time" for each frame. */
export class Deck extends EventTarget {
  /** @type {HTMLMediaElement | undefined} */
  #playing;

  /** Where what plays is, in seconds; undefined while nothing that is heard plays. */
  get time() {
    const media = this.#playing;
    return media === undefined || media.muted ? undefined : media.currentTime;
  }

  /**
   * Takes in something that can be played.
   *
   * @param {HTMLMediaElement} media The element.
   */
  add(media) {
    media.addEventListener("play", () => {
      if (media.muted) return;
      if (this.#playing !== media) this.#playing?.pause();
      this.#playing = media;
      this.#tell();
    });
    media.addEventListener("volumechange", () => {
      if (!media.muted && !media.paused) media.dispatchEvent(new Event("play"));
      else if (media === this.#playing) this.dispatchEvent(new Event("time"));
    });
  }

  /** Stops what plays. */
  stop() {
    this.#playing?.pause();
    this.#playing = undefined;
  }

  #tell() {
    this.dispatchEvent(new Event("time"));
    const media = this.#playing;
    if (media !== undefined && !media.paused) requestAnimationFrame(() => this.#tell());
  }
}
