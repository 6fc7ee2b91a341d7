import { element } from "./element.js";
import { find } from "./find.js";

/** A key and what it does. @typedef {{ key: string, does: string, run: () => void }} Key */

/**
 * Lets keys do what buttons do. Single keys work outside of fields only, and can be switched off.
 *
 * @param {{ single: Key[], always: (Key & { matches: (event: KeyboardEvent) => boolean })[] }} keys
 *   The keys.
 */
export function listenToKeys({ single, always }) {
  const help = find("#help", HTMLDialogElement);
  const choice = find("#single-keys", HTMLInputElement);
  choice.checked = localStorage.getItem("codi-single-keys") !== "off";
  choice.addEventListener("change", () => {
    localStorage.setItem("codi-single-keys", choice.checked ? "on" : "off");
  });
  const all = [...single, { key: "?", does: "Show these keys", run: () => help.showModal() }];
  const rows = [...always, ...all].flatMap(({ key, does }) => [
    element("dt", {}, ...key.split(" ").map((part) => element("kbd", {}, part))),
    element("dd", {}, does),
  ]);
  find("#keys", HTMLElement).replaceChildren(...rows);
  find("#help-button", HTMLButtonElement).addEventListener("click", () => help.showModal());
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]") !== null) return;
    const pressed = always.find(({ matches }) => matches(event));
    if (pressed !== undefined) {
      event.preventDefault();
      pressed.run();
      return;
    }
    const { target } = event;
    const inField = target instanceof HTMLElement &&
      target.matches("textarea, select, input:not([type=checkbox], [type=range])");
    if (inField || !choice.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    const known = all.find(({ key }) => key.toLowerCase() === event.key.toLowerCase());
    if (known === undefined) return;
    event.preventDefault();
    known.run();
  });
}
