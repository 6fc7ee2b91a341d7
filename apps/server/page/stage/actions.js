import { element } from "../ui/element.js";
import { find } from "../ui/find.js";
import { showProblem } from "../ui/problem_view.js";
import { icon } from "../ui/icon.js";

/**
 * Shows what can be done with what was made as a whole.
 *
 * @param {import("./stage.js").Stage} stage Where it is shown.
 * @param {Record<"vary" | "reseed" | "share", () => void>} run What is done.
 * @param {import("../api/client.js").Client} client Asks the server.
 */
export function actions(stage, run, client) {
  const place = find("#actions", HTMLElement);
  const action = (
    /** @type {string} */ name,
    /** @type {string} */ label,
    /** @type {string} */ title,
    /** @type {() => void} */ click,
  ) => element("button", { type: "button", title, on: { click } }, icon(name), label);
  place.append(
    action("vary", "Vary", "Keep the seed and settings, change the prompt", run.vary),
    action("dice", "New seed", "Make it again from other noise", run.reseed),
    action("link", "Share", "Copy a link to this recipe", run.share),
  );
  const record = element("a", { class: "quiet", target: "_blank" }, "How it was made");
  record.addEventListener("click", (event) => {
    if (!client.hasToken) return;
    event.preventDefault(); // a link carries no token
    client.output(record.href).then(
      (blob) => {
        const url = URL.createObjectURL(blob);
        globalThis.open(url);
        setTimeout(() => URL.revokeObjectURL(url), 60_000); // the other page has read it by then
      },
      showProblem,
    );
  });
  place.append(record);
  stage.addEventListener("change", () => {
    place.hidden = stage.generation === undefined || stage.busy;
    const { run = null } = stage.generation ?? {};
    record.hidden = run === null;
    if (run !== null) record.href = run;
  });
}
