import { element } from "../ui/element.js";
import { timeInWords } from "../ui/format.js";
import { icon } from "../ui/icon.js";

/**
 * Controls of something that plays: a button, a slider and the time. A clip with sound moves without
 * it until it is played, and does so again afterwards.
 *
 * @param {HTMLMediaElement} media What plays.
 * @param {{ name: string, silentLoop?: boolean }} options What it is called, and whether it moves
 *   silently while it is not played.
 * @returns {HTMLElement} The controls.
 */
export function transport(media, { name, silentLoop = false }) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const button = element("button", { type: "button", class: "play" }, icon("play"));
  const slider = element("input", {
    type: "range",
    min: "0",
    max: "1",
    step: "any",
    value: "0",
    "aria-label": `Place in the ${name}`,
  });
  const time = element("span", { class: "time" }, "0:00.0");
  const heard = () => !media.paused && !media.muted;

  button.addEventListener("click", async () => {
    if (heard()) media.pause();
    else {
      if (media.muted || media.ended) media.currentTime = 0;
      media.muted = false;
      media.loop = false;
      await media.play().catch(() => {});
    }
    show();
  });
  slider.addEventListener("input", () => {
    if (Number.isFinite(media.duration)) media.currentTime = Number(slider.value) * media.duration;
    if (silentLoop && media.muted) media.pause();
  });
  media.addEventListener("ended", () => silentLoop && !still.matches && loopSilently());
  for (const event of ["play", "pause", "volumechange", "ended", "loadedmetadata", "timeupdate"]) {
    media.addEventListener(event, show);
  }
  if (silentLoop && !still.matches) loopSilently();
  show();
  return element("div", { class: "transport" }, button, slider, time);

  function loopSilently() {
    media.muted = true;
    media.loop = true;
    media.play().catch(() => {});
  }

  function show() {
    const playing = heard();
    const share = media.duration > 0 ? media.currentTime / media.duration : 0;
    button.replaceChildren(icon(playing ? "pause" : "play"));
    button.setAttribute("aria-label", playing ? `Pause the ${name}` : `Play the ${name}`);
    if (Number.isFinite(share)) slider.value = String(share);
    slider.style.setProperty("--share", String(share));
    slider.setAttribute("aria-valuetext", `${media.currentTime.toFixed(1)} seconds`);
    time.textContent = timeInWords(media.currentTime);
    if (playing) requestAnimationFrame(show);
  }
}
