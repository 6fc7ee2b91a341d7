import { find } from "../ui/find.js";
import { element } from "../ui/element.js";
import { promptCard } from "./prompt_card.js";

/** @typedef {import("../recipe/recipe.js").RecipePrompt} RecipePrompt */

/**
 * Shows the prompts, and how much each counts.
 *
 * @param {import("./prompt_card.js").CardContext} context The composition, and how files are found.
 */
export function promptList(context) {
  const { composition } = context;
  const list = find("#prompts", HTMLElement);
  /** @type {Map<RecipePrompt, HTMLLIElement>} */
  let cards = new Map();
  const showCards = () => {
    cards = new Map(composition.recipe.prompts.map((prompt) => [
      prompt,
      cards.get(prompt) ?? promptCard(prompt, context),
    ]));
    const focused = document.activeElement;
    for (const card of [...list.children]) {
      if (![...cards.values()].includes(/** @type {HTMLLIElement} */ (card))) card.remove();
    }
    [...cards.values()].forEach((card, i) => {
      if (list.children[i] !== card) list.insertBefore(card, list.children[i] ?? null);
    });
    if (focused !== null && !focused.isConnected) find("#add-words", HTMLElement).focus();
  };
  composition.addEventListener("prompts", showCards);
  composition.addEventListener("change", () => showMix(composition.recipe.prompts));
  showCards();
  showMix(composition.recipe.prompts);
}

/** @param {readonly RecipePrompt[]} prompts All prompts. */
function showMix(prompts) {
  const bar = find("#mix", HTMLElement);
  const mixed = prompts.filter(({ role, negative, text }) =>
    role === "prompt" && !negative && text?.trim() !== ""
  );
  bar.hidden = mixed.length < 2;
  const total = mixed.reduce((sum, { weight }) => sum + weight, 0);
  const shares = mixed.map(({ modality, weight }) => ({ modality, share: weight / total }));
  bar.setAttribute(
    "aria-label",
    `The mix: ${
      shares.map(({ modality, share }) => `${modality} ${Math.round(100 * share)} %`).join(", ")
    }`,
  );
  bar.replaceChildren(...shares.map(({ modality, share }) => {
    const part = element("span", { data: { voice: modality } }, `${Math.round(100 * share)} %`);
    part.style.flexGrow = String(share);
    return part;
  }));
}
