import { find } from "./find.js";

/** @type {Promise<string | undefined> | undefined} */
let asking;

/**
 * Asks for the token of a server that wants one; once, however many ask at the same time.
 *
 * @returns {Promise<string | undefined>} The token, or nothing if the person does not give one.
 */
export function askForToken() {
  asking ??= ask().finally(() => asking = undefined);
  return asking;
}

/** @returns {Promise<string | undefined>} */
async function ask() {
  const dialog = find("#token", HTMLDialogElement);
  const input = find("#token-input", HTMLInputElement);
  dialog.returnValue = ""; // that of an earlier time
  find("#token-cancel", HTMLButtonElement).onclick = () => dialog.close();
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  const token = input.value.trim();
  input.value = "";
  return dialog.returnValue === "enter" && token !== "" ? token : undefined;
}
