import { record } from "../sound/recorder.js";
import { announce } from "../ui/announce.js";
import { find } from "../ui/find.js";
import { icon } from "../ui/icon.js";
import { showProblem } from "../ui/problem_view.js";

/** Seconds after which a recording ends by itself. */
const MOST_SECONDS = 10;

/**
 * Makes the button that records: once to begin, once more to end.
 *
 * @param {(sound: Blob) => void} receive Gets the recording.
 * @returns {() => void} Presses it.
 */
export function recordButton(receive) {
  const button = find("#add-recording", HTMLButtonElement);
  const label = find("span", HTMLElement, button);
  /** @type {import("../sound/recorder.js").Recording | undefined} */
  let recording;
  let busy = false;

  async function press() {
    if (busy) return;
    busy = true;
    try {
      if (recording === undefined) await begin();
      else await end(recording);
    } catch (error) {
      showProblem(error);
    } finally {
      busy = false;
    }
  }

  async function begin() {
    const begun = recording = await record();
    button.setAttribute("aria-pressed", "true");
    button.querySelector("svg")?.replaceWith(icon("stop"));
    announce("Recording");
    const start = performance.now();
    const watch = () => {
      if (recording !== begun) return;
      const seconds = (performance.now() - start) / 1000;
      label.textContent = `Stop · ${seconds.toFixed(1)} s`;
      button.style.setProperty("--level", String(begun.level()));
      // Timers go on in a tab that is not seen: no recording lasts longer than it should.
      if (seconds >= MOST_SECONDS) press();
      else setTimeout(watch, 60);
    };
    watch();
  }

  /** @param {import("../sound/recorder.js").Recording} begun What ends. */
  async function end(begun) {
    recording = undefined;
    button.setAttribute("aria-pressed", "false");
    button.querySelector("svg")?.replaceWith(icon("record"));
    label.textContent = "Record";
    receive(await begun.stop());
    announce("The recording is a prompt now");
  }

  button.prepend(icon("record"));
  button.addEventListener("click", press);
  return press;
}
