import { isOver } from "../api/generation.js";
import { kindOf } from "../api/capabilities.js";
import { Problem } from "../api/problem.js";
import { element } from "../ui/element.js";
import { find } from "../ui/find.js";
import { agoInWords } from "../ui/format.js";
import { icon } from "../ui/icon.js";
import { showProblem } from "../ui/problem_view.js";
import { captionOf } from "./caption.js";
import { PastRecipes } from "./past_recipes.js";
import { thumbnailOf } from "./thumbnail.js";

/** What a server answers for what it no longer has. */
const GONE = [404, 410];

/** @typedef {import("../api/generation.js").Generation} Generation */
/** @typedef {import("../recipe/recipe.js").Recipe} Recipe */

/** What is listed: a generation of the server, or a recipe that only this browser remembers.
 * @typedef {{
 *   id: string,
 *   at: number,
 *   caption: string,
 *   to: readonly string[],
 *   generation?: Generation,
 *   recipe?: Recipe,
 *   picture?: string,
 * }} Entry
 */

/** Lists what was made: the server's list, and behind it what only this browser remembers. */
export class History {
  /** @readonly */
  past = new PastRecipes();
  /** Shows a generation. @type {(generation: Generation) => void} */
  open = () => {};
  /** Takes over a recipe. @type {(recipe: Recipe) => void} */
  again = () => {};
  #client;
  #list = find("#history", HTMLElement);
  /** @type {Map<string, Generation>} */
  #told = new Map();
  /** @type {string | null} */
  #next = null;
  #current = "";

  /** @param {import("../api/client.js").Client} client Asks the server. */
  constructor(client) {
    this.#client = client;
  }

  /** Every output that the server still has, by its SHA-256. @returns {Map<string, string>} */
  outputsByDigest() {
    const all = [...this.#told.values()].flatMap(({ outputs }) => outputs);
    return new Map(
      all.flatMap((output) => "sha256" in output ? [[String(output.sha256), output.url]] : []),
    );
  }

  /** Asks the server for the newest generations. @returns {Promise<Generation[]>} */
  async load() {
    const { generations, next } = await this.#client.list(null);
    this.#next = next;
    for (const generation of generations) this.#told.set(generation.id, generation);
    this.#show();
    return generations;
  }

  /**
   * Takes note of a generation, or of what became of it.
   *
   * @param {Generation} generation The generation.
   * @param {Recipe} recipe Its recipe.
   */
  note(generation, recipe) {
    this.#told.set(generation.id, generation);
    this.#current = generation.id;
    const at = Date.parse(generation.createdAt);
    this.past.remember({ id: generation.id, at, recipe });
    this.#show();
  }

  async #more() {
    try {
      const { generations, next } = await this.#client.list(this.#next);
      this.#next = next;
      for (const generation of generations) this.#told.set(generation.id, generation);
      this.#show();
    } catch (error) {
      showProblem(error);
    }
  }

  /** @returns {Entry[]} */
  #entries() {
    const past = this.past.all();
    const told = [...this.#told.values()].map((generation) => ({
      id: generation.id,
      at: Date.parse(generation.createdAt),
      caption: captionOf(generation.request),
      to: generation.request.to,
      generation,
    }));
    const remembered = past.filter(({ id }) => !this.#told.has(id)).map((known) => ({
      ...known,
      caption: captionOf(known.recipe),
      to: known.recipe.to,
    }));
    const pictures = new Map(past.map(({ id, picture }) => [id, picture]));
    return [...told, ...remembered].sort((a, b) => b.at - a.at).map((entry) => {
      const picture = pictures.get(entry.id);
      return picture === undefined ? entry : { ...entry, picture };
    });
  }

  #show() {
    const entries = this.#entries();
    find("#history-empty", HTMLElement).hidden = entries.length > 0;
    const focused = document.activeElement?.getAttribute("data-id");
    const items = entries.map((entry) => element("li", {}, this.#button(entry)));
    if (this.#next !== null) {
      const properties = { type: "button", class: "more", on: { click: () => this.#more() } };
      items.push(element("li", {}, element("button", properties, "Older ones")));
    }
    this.#list.replaceChildren(...items);
    const again = [...this.#list.querySelectorAll("button")].find((button) =>
      focused !== null && button.dataset.id === focused
    );
    again?.focus({ preventScroll: true });
  }

  /** @param {Entry} entry What is listed. */
  #button(entry) {
    const { id, at, caption, to, generation, recipe } = entry;
    const status = generation?.status ?? "expired";
    const state = status === "done" ? "" : `${status} · `;
    const picture = element("span", { class: "thumbnail" });
    const image = entry.picture;
    if (image !== undefined && /^data:image\//.test(image)) {
      picture.append(element("img", { src: image, alt: "" }));
    } else {
      picture.append(icon(to[0] ?? "text"));
      if (generation?.status === "done") this.#addPicture(generation, picture);
    }
    const marks = element("span", { class: "marks" });
    for (const name of to) {
      marks.append(element("span", { data: { voice: name }, title: name }, icon(name)));
    }
    const told = element("small", {}, `${state}${agoInWords(at, Date.now())}`, marks);
    return element(
      "button",
      {
        type: "button",
        data: { id, status },
        "aria-current": id === this.#current ? "true" : false,
        "aria-label": `${caption}; made ${to.join(", ")}; ${state}${agoInWords(at, Date.now())}`,
        on: {
          click: () => {
            if (generation !== undefined) this.#open(generation);
            else if (recipe !== undefined) this.again(recipe);
          },
        },
      },
      picture,
      element("span", { class: "caption" }, caption),
      told,
    );
  }

  /** @param {Generation} generation What is opened, as it was last told. */
  async #open(generation) {
    try {
      const fresh = await this.#client.get(generation.id);
      this.#told.set(fresh.id, fresh);
      this.#current = fresh.id;
      this.open(fresh);
    } catch (error) {
      // Only what is gone is made from its recipe: that takes the place of what is composed.
      if (!(error instanceof Problem && GONE.includes(error.status))) return showProblem(error);
      const { id } = generation;
      const known = this.past.all().find((past) => past.id === id);
      this.#told.delete(id);
      if (known !== undefined) this.again(known.recipe);
      else showProblem(error);
    }
    this.#show();
  }

  /** @param {Generation} generation What was made. @param {HTMLElement} place Where it is shown. */
  async #addPicture(generation, place) {
    const shown = generation.outputs.find(({ mediaType }) => kindOf(mediaType) === "image") ??
      generation.outputs.find(({ mediaType }) => kindOf(mediaType) === "video");
    if (shown === undefined || !isOver(generation.status)) return;
    try {
      const picture = await thumbnailOf(await this.#client.output(shown.url));
      place.replaceChildren(element("img", { src: picture, alt: "" }));
      const known = this.past.all().find(({ id }) => id === generation.id);
      if (known !== undefined) this.past.remember({ ...known, picture });
    } catch {
      // The icon stays: what cannot be fetched was just removed.
    }
  }
}
