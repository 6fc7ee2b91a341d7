import { Problem } from "../api/problem.js";
import { announce } from "./announce.js";
import { element } from "./element.js";
import { find } from "./find.js";
import { icon } from "./icon.js";

/**
 * Shows what went wrong and what can be done, until it is put away or the next one comes.
 *
 * @param {unknown} error What was thrown.
 */
export function showProblem(error) {
  if (error instanceof DOMException && error.name === "AbortError") return;
  const { title, detail, remedy } = error instanceof Problem ? error : new Problem({
    title: "Something went wrong in this page",
    detail: error instanceof Error ? error.message : String(error),
    remedy: "Reload the page; what you typed is kept.",
  });
  const place = find("#problem", HTMLElement);
  const close = element(
    "button",
    { class: "quiet", type: "button", "aria-label": "Put away", on: { click: clearProblem } },
    icon("close"),
  );
  const words = element(
    "div",
    {},
    element("strong", {}, title),
    element("p", {}, detail),
    remedy !== "" && element("p", { class: "remedy" }, remedy),
  );
  place.replaceChildren(words, close);
  place.hidden = false;
  place.scrollIntoView({ block: "nearest" });
}

/** Puts away what {@linkcode showProblem} shows. */
export function clearProblem() {
  const place = find("#problem", HTMLElement);
  place.hidden = true;
  place.replaceChildren();
}

/**
 * Shows a short message that goes away by itself.
 *
 * @param {string} text The message.
 */
export function showHint(text) {
  const place = find("#hint", HTMLElement);
  place.textContent = text;
  place.dataset.shown = "";
  announce(text);
  clearTimeout(timer);
  timer = setTimeout(() => delete place.dataset.shown, 4000);
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
