import { find } from "./find.js";

/**
 * Says something to screen readers, once they have said what they are saying.
 *
 * @param {string} text What is said.
 */
export function announce(text) {
  find("#announcements", HTMLElement).textContent = text;
}
