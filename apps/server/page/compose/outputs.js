import { element } from "../ui/element.js";
import { find } from "../ui/find.js";
import { icon } from "../ui/icon.js";

/**
 * Shows the switches of what is made.
 *
 * @param {import("./composition.js").Composition} composition What is put together.
 */
export function outputs(composition) {
  const { modalities } = composition.capabilities;
  const boxes = modalities.filter(({ output }) => output).map(({ name }) => {
    const box = element("input", {
      type: "checkbox",
      name: "to",
      value: name,
      on: { change: () => box.checked = composition.toggle(name) },
    });
    const toggle = element("label", { class: "toggle", data: { voice: name } }, box, icon(name));
    toggle.append(element("span", {}, name));
    return { name, box, toggle };
  });
  find("#outputs", HTMLElement).replaceChildren(...boxes.map(({ toggle }) => toggle));
  const show = () => {
    for (const { name, box } of boxes) box.checked = composition.recipe.to.includes(name);
  };
  composition.addEventListener("outputs", show);
  show();
}
