import { find } from "../ui/find.js";
import { showProblem } from "../ui/problem_view.js";

/**
 * Takes files that are dropped anywhere or pasted, and words that are pasted outside of fields.
 *
 * @param {{ files: (files: File[]) => void, words: (text: string) => void }} receiver Gets them.
 */
export function receiveFiles({ files, words }) {
  const overlay = find("#drop", HTMLElement);
  let depth = 0;
  const brings = (/** @type {DragEvent} */ { dataTransfer, target }) => {
    const types = dataTransfer?.types ?? [];
    // Words that are dragged into a field go where they always go.
    return types.includes("Files") || (types.includes("text/plain") && !isField(target));
  };
  addEventListener("dragenter", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    depth++;
    overlay.hidden = false;
  });
  addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    overlay.hidden = depth === 0;
  });
  addEventListener("dragover", (event) => {
    if (brings(event)) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    depth = 0;
    overlay.hidden = true;
    if (!brings(event)) return;
    event.preventDefault();
    take(event.dataTransfer);
  });
  addEventListener("paste", (event) => {
    const inField = isField(event.target);
    const some = event.clipboardData !== null && event.clipboardData.files.length > 0;
    if (inField && !some) return;
    event.preventDefault();
    take(event.clipboardData);
  });

  /** @param {DataTransfer | null} data What was brought. */
  function take(data) {
    try {
      if (data === null) return;
      const text = data.getData("text/plain").trim();
      if (data.files.length > 0) files([...data.files]);
      else if (text !== "") words(text);
    } catch (error) {
      showProblem(error);
    }
  }
}

/**
 * @param {EventTarget | null} target Where something happens.
 * @returns {boolean} Whether one can type there.
 */
function isField(target) {
  return target instanceof HTMLElement && target.matches("input, textarea, select");
}
