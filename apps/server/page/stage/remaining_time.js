/** Tells how long a generation still takes, by how long its steps took so far. */
export class RemainingTime {
  #start = 0;
  #first = 0;

  /**
   * Takes note of a step.
   *
   * @param {number} step Steps that are taken.
   * @param {number} steps All steps.
   * @param {number} now The time, in milliseconds.
   * @returns {string} Such as "about 4 s left", or "" where nothing can be told yet.
   */
  after(step, steps, now) {
    if (this.#start === 0 || step < this.#first) [this.#start, this.#first] = [now, step];
    const taken = step - this.#first;
    if (taken < 2 || step >= steps) return "";
    const seconds = Math.ceil((now - this.#start) / taken * (steps - step) / 1000);
    return seconds < 90 ? `about ${seconds} s left` : `about ${Math.round(seconds / 60)} min left`;
  }
}
