import { element } from "../ui/element.js";
import { find } from "../ui/find.js";
import { stepsInWords } from "../ui/format.js";

/** @typedef {import("../recipe/recipe.js").Recipe} Recipe */

/**
 * Shows the settings.
 *
 * @param {import("./composition.js").Composition} composition What is put together.
 */
export function settings(composition) {
  const { capabilities } = composition;
  const { limits, samplers, modalities } = capabilities;
  const own = (/** @type {"guidance" | "environment" | "candidates"} */ member) =>
    modalities.flatMap((modality) => modality[member] === null ? [] : [modality[member]]);
  const seed = number("Seed", "drawn for each", { min: "0", step: "1" }, (value) => ({
    seed: value,
  }));
  const steps = number(
    "Steps",
    "",
    { min: "1", max: String(limits.steps), step: "1" },
    (value) => ({ steps: value ?? capabilities.defaults.steps }),
  );
  const guidance = number(
    "Guidance",
    ownWords(own("guidance")),
    { min: "0", max: "50", step: "0.5" },
    (value) => ({ guidance: value }),
  );
  const environment = number(
    "Heed each other",
    ownWords(own("environment")),
    { min: "0", max: "50", step: "0.5" },
    (value) => ({ environment: value }),
  );
  const candidates = number(
    "Candidates",
    ownWords(own("candidates")),
    { min: "1", max: "16", step: "1" },
    (value) => ({ candidates: value }),
  );
  const count = number(
    "Samples",
    "",
    { min: "1", max: String(limits.count), step: "1" },
    (value) => ({ count: value ?? 1 }),
  );
  const sampler = element(
    "select",
    { on: { change: () => composition.set({ sampler: sampler.value }) } },
    ...samplers.map((name) => element("option", { value: name }, name)),
  );
  const reset = element("button", {
    type: "button",
    class: "quiet",
    on: {
      click: () => {
        const { steps, sampler } = capabilities.defaults;
        const own = { guidance: null, environment: null, candidates: null };
        const first = { seed: null, ...own, count: 1, steps, sampler, more: {} };
        composition.set(first, { fromElsewhere: true });
      },
    },
  }, "Reset");
  find("#settings-fields", HTMLElement).replaceChildren(
    seed.label,
    steps.label,
    element("label", {}, "Sampler", sampler),
    guidance.label,
    ...(own("environment").length > 0 ? [environment.label] : []),
    candidates.label,
    count.label,
    reset,
  );
  const show = () => {
    const { recipe } = composition;
    seed.show(recipe.seed);
    steps.show(recipe.steps);
    guidance.show(recipe.guidance);
    environment.show(recipe.environment);
    candidates.show(recipe.candidates);
    count.show(recipe.count);
    sampler.value = recipe.sampler;
  };
  const summarise = () => {
    const { seed, steps, count } = composition.recipe;
    const parts = [stepsInWords(steps), seed === null ? "a new seed" : `seed ${seed}`];
    if (count > 1) parts.push(`${count} samples`);
    find("#settings-summary", HTMLElement).textContent = parts.join(" · ");
  };
  composition.addEventListener("settings", show);
  composition.addEventListener("change", summarise);
  show();
  summarise();

  /**
   * @param {string} name The label.
   * @param {string} placeholder What holds if it is empty.
   * @param {Record<string, string>} bounds Of the number.
   * @param {(value: number | null) => Partial<Recipe>} change What the number changes.
   */
  function number(name, placeholder, bounds, change) {
    const field = element("input", {
      type: "number",
      inputmode: "decimal",
      placeholder,
      ...bounds,
      on: {
        input: () => {
          const value = field.value === "" ? null : field.valueAsNumber;
          if (value === null || field.validity.valid) composition.set(change(value));
        },
      },
    });
    const show = (/** @type {Recipe["guidance"]} */ value) => {
      field.value = typeof value === "number" ? String(value) : "";
      field.placeholder = typeof value === "object" && value !== null ? "by output" : placeholder;
    };
    return { label: element("label", {}, name, field), show };
  }
}

/**
 * @param {(number | null)[]} values What modalities use by themselves.
 * @returns {string} The range.
 */
function ownWords(values) {
  const numbers = values.filter((value) => value !== null);
  if (numbers.length === 0) return "";
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? `${least}` : `${least} to ${most}`;
}
