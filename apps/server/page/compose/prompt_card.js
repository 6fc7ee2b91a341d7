import { element } from "../ui/element.js";
import { icon } from "../ui/icon.js";
import { regionField } from "./region_field.js";
import { sampleView } from "./sample_view.js";

/** @typedef {import("../recipe/recipe.js").RecipePrompt} RecipePrompt */

/** What the page needs to show a prompt. @typedef {{
 *   composition: import("./composition.js").Composition,
 *   blobOf: (prompt: RecipePrompt) => Promise<Blob | undefined>,
 * }} CardContext */

let cards = 0;

/**
 * Shows a prompt to be edited.
 *
 * @param {RecipePrompt} prompt The prompt.
 * @param {CardContext} context Where it belongs, and how its file is found.
 * @returns {HTMLLIElement} The card.
 */
export function promptCard(prompt, context) {
  const { composition } = context;
  const { modality } = prompt;
  const id = `prompt-${++cards}`;
  const info = composition.capabilities.modalities.find(({ name }) => name === modality);
  const remove = element(
    "button",
    {
      type: "button",
      class: "quiet remove",
      "aria-label": `Remove this ${modality} prompt`,
      on: { click: () => composition.remove(prompt) },
    },
    icon("close"),
  );
  const card = element("li", { class: "prompt", data: { voice: modality } });
  const body = prompt.text === undefined ? fileBody() : wordsBody();
  card.append(
    element("span", { class: "voice", title: modality }, icon(modality)),
    body,
    remove,
    controls(),
  );
  show();
  return card;

  function wordsBody() {
    const field = element("textarea", {
      id,
      rows: "2",
      "aria-label": "Words",
      placeholder: "three rising trumpet notes on a blue background",
      on: { input: () => composition.change(prompt, { text: field.value }) },
    });
    field.value = prompt.text ?? "";
    return field;
  }

  function fileBody() {
    const name = prompt.name ?? (prompt.output === undefined ? modality : `an earlier ${modality}`);
    const place = element("div", { class: "sample" });
    const label = element("span", { id }, name);
    const body = element("div", { class: "file" }, place, label);
    context.blobOf(prompt).then(async (blob) => {
      // What comes from the server's memory has no name of its own; this browser's file may have one.
      if (prompt.name === undefined && blob instanceof File) label.textContent = blob.name;
      if (blob === undefined) place.append(element("span", { class: "lost" }, "not kept here"));
      else place.prepend(await sampleView(blob, name));
    }).catch(() => place.append(element("span", { class: "lost" }, "cannot be shown")));
    if (info?.keep) {
      const box = info.writes.startsWith("image/");
      body.append(regionField({
        sample: place,
        box,
        value: prompt.region,
        change: (region) => composition.change(prompt, { region }),
      }));
    }
    return body;
  }

  function controls() {
    const value = element("output", {});
    const weight = element("input", {
      type: "range",
      min: "0.1",
      max: "3",
      step: "0.1",
      "aria-label": "Weight",
      on: {
        input: () => {
          composition.change(prompt, { weight: Number(weight.value) });
          show();
        },
      },
    });
    weight.value = String(prompt.weight);
    const negative = element("input", {
      type: "checkbox",
      role: "switch",
      on: {
        change: () => {
          composition.change(prompt, { negative: negative.checked });
          show();
        },
      },
    });
    negative.checked = prompt.negative;
    return element(
      "div",
      { class: "controls" },
      roleChoice(),
      element("label", { class: "weight" }, element("span", {}, "Weight"), weight, value),
      element("label", { class: "check negative" }, negative, "Avoid"),
    );
  }

  function roleChoice() {
    if (!info?.follow && !info?.keep) return null;
    if (prompt.text !== undefined) return null;
    const roles = [
      ["prompt", "As a prompt"],
      ...(info.follow ? [["follow", "Follow in time"]] : []),
      ...(info.keep ? [["keep", "Keep a part"]] : []),
    ];
    const choice = element("select", {
      "aria-label": "What it is for",
      on: {
        change: () => {
          const role = /** @type {RecipePrompt["role"]} */ (choice.value);
          composition.change(prompt, { role });
          show();
        },
      },
    }, ...roles.map(([value, label]) => element("option", { value }, label)));
    choice.value = prompt.role;
    return choice;
  }

  function show() {
    card.dataset.role = prompt.role;
    card.toggleAttribute("data-negative", prompt.negative && prompt.role === "prompt");
    const value = card.querySelector("output");
    if (value !== null) value.textContent = `×${prompt.weight.toFixed(1)}`;
  }
}
