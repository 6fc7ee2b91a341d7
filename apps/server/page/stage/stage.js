import { isOver } from "../api/generation.js";
import { problemFrom } from "../api/problem.js";
import { announce } from "../ui/announce.js";
import { element } from "../ui/element.js";
import { find } from "../ui/find.js";
import { listInWords, stepsInWords } from "../ui/format.js";
import { showProblem } from "../ui/problem_view.js";
import { captionOf } from "../history/caption.js";
import { Deck } from "./deck.js";
import { outputTools } from "./output_tools.js";
import { outputView } from "./output_view.js";
import { RemainingTime } from "./remaining_time.js";
import { Tile } from "./tile.js";

/** @typedef {import("../api/generation.js").Generation} Generation */
/** @typedef {import("../api/generation.js").Output} Output */

/** Shares of the steps at which screen readers are told. */
const TOLD = [0.25, 0.5, 0.75];

/**
 * Where outputs form. Says "change" when what is shown or its state became another.
 */
export class Stage extends EventTarget {
  /** What is shown. @type {Generation | undefined} */
  generation;
  /** Does something with an output. @type {(output: Output, role: any) => void} */
  reuse = () => {};
  #client;
  #deck = new Deck();
  /** @type {Tile[]} */
  #tiles = [];
  /** @type {AbortController | undefined} */
  #watching;
  #status = find("#status", HTMLElement);
  #bar = find("#progress", HTMLProgressElement);
  #cancel = find("#cancel", HTMLButtonElement);
  #notices = find("#notices", HTMLElement);
  #samples = find("#samples", HTMLElement);
  /** Counts the samples that were to be shown: one that arrives late is not shown any more. */
  #turn = 0;

  /** @param {import("../api/client.js").Client} client Asks the server. */
  constructor(client) {
    super();
    this.#client = client;
    this.#cancel.addEventListener("click", () => this.cancel());
  }

  /** Whether something waits or runs here. */
  get busy() {
    return this.generation !== undefined && !isOver(this.generation.status);
  }

  /**
   * Shows empty places for what would be made, unless something is shown.
   *
   * @param {readonly string[]} names The modalities.
   */
  prepare(names) {
    if (this.generation === undefined) this.#setTiles(names);
  }

  /** Ends what waits or runs here. */
  async cancel() {
    const { generation } = this;
    if (generation === undefined || !this.busy) return;
    this.#cancel.disabled = true;
    this.#say("Cancelling …");
    try {
      await this.#client.cancel(generation.id);
    } catch (error) {
      showProblem(error);
    } finally {
      this.#cancel.disabled = false;
    }
  }

  /**
   * Shows a generation, as it forms or as it is.
   *
   * @param {Generation} generation The generation.
   */
  async show(generation) {
    this.#watching?.abort();
    this.#deck.stop();
    const { signal } = this.#watching = new AbortController();
    this.#set(generation);
    this.#setTiles(generation.request.to);
    this.#showNotices(generation.notices);
    try {
      if (!isOver(generation.status)) await this.#watch(generation, signal);
      else await this.#showEnd(generation, signal);
    } catch (error) {
      if (!signal.aborted) showProblem(error);
    }
  }

  /** @param {Generation} generation What is shown from now on. */
  #set(generation) {
    this.generation = generation;
    const over = isOver(generation.status);
    this.#cancel.hidden = over;
    this.#bar.toggleAttribute("data-active", !over);
    this.dispatchEvent(new Event("change"));
  }

  /** @param {readonly string[]} names Modalities. */
  #setTiles(names) {
    const known = this.#client.capabilities?.modalities ?? [];
    const before = new Map(this.#tiles.map((tile) => [tile.modality, tile]));
    this.#tiles = known.filter(({ name }) => names.includes(name)).map((info) =>
      before.get(info.name) ?? new Tile(info)
    );
    for (const tile of this.#tiles) tile.idle();
    const place = find("#tiles", HTMLElement);
    place.dataset.count = String(this.#tiles.length);
    place.replaceChildren(...this.#tiles.map((tile) => tile.element));
    this.#samples.hidden = true;
  }

  /** @param {Generation} begun What is followed. @param {AbortSignal} signal Ends it. */
  async #watch(begun, signal) {
    const remaining = new RemainingTime();
    let told = 0;
    for (const tile of this.#tiles) tile.begin();
    this.#bar.value = 0;
    this.#say("Waiting …");
    for await (const { event, data } of this.#client.events(begun.id, signal)) {
      if (signal.aborted) return;
      if (event === "state") {
        this.#set({ ...begun, ...data });
        this.#showNotices(data.notices ?? []);
        if (data.status === "waiting") this.#say(waitingWords(data.position));
        else this.#say("Forming from noise …");
        announce(this.#status.textContent ?? "");
      } else if (event === "step") {
        const done = data.step / data.steps;
        const left = remaining.after(data.step, data.steps, performance.now());
        this.#bar.value = done;
        this.#say(`Step ${data.step} of ${data.steps}${left === "" ? "" : ` · ${left}`}`);
        for (const tile of this.#tiles) tile.progress(done);
        const reached = TOLD.filter((share) => done >= share).length;
        if (reached > told && done < 1) announce(`${Math.round(100 * done)} percent`);
        told = Math.max(told, reached);
      } else if (event === "preview") {
        for (const output of data.outputs) {
          this.#tiles.find(({ modality }) => modality === output.modality)?.preview(output)
            .catch(() => {});
        }
      } else if (isOver(event)) {
        this.#set(data);
        this.#showNotices(data.notices);
        await this.#showEnd(data, signal);
        announce(this.#status.textContent ?? "");
      }
    }
  }

  /** @param {Generation} generation What is over. @param {AbortSignal} signal Ends it. */
  async #showEnd(generation, signal) {
    const { status, outputs, error, request } = generation;
    this.#bar.value = status === "done" ? 1 : 0;
    if (status === "done") {
      const { seed, steps, sampler } = request;
      const count = Math.max(...outputs.map(({ sample }) => sample)) + 1;
      await this.#showSample(generation, 0, signal);
      if (signal.aborted) return;
      if (count > 1) this.#showSamples(generation, count, signal);
      this.#say(
        `Made ${listInWords(request.to)} · seed ${seed} · ${stepsInWords(steps)} · ${sampler}`,
      );
      return;
    }
    const why = { cancelled: "Cancelled", expired: "Expired", failed: "Failed" }[
      /** @type {"cancelled"} */ (status)
    ];
    this.#say(status === "expired" ? "Expired: the recipe can be made again" : why);
    for (const tile of this.#tiles) tile.empty(why);
    if (error !== null) showProblem(problemFrom(error, this.#client.capabilities));
  }

  /**
   * @param {Generation} generation What was made.
   * @param {number} sample Which of its samples.
   * @param {AbortSignal} signal Ends it.
   */
  async #showSample(generation, sample, signal) {
    const turn = ++this.#turn;
    this.#deck.stop();
    const caption = captionOf(generation.request);
    const known = this.#client.capabilities?.modalities ?? [];
    const mine = generation.outputs.filter((output) => output.sample === sample);
    const sounds = mine.some(({ mediaType }) => mediaType.startsWith("audio/"));
    await Promise.all(mine.map(async (output) => {
      const tile = this.#tiles.find(({ modality }) => modality === output.modality);
      const info = known.find(({ name }) => name === output.modality);
      if (tile === undefined || info === undefined) return;
      const blob = await this.#client.output(output.url);
      if (signal.aborted || turn !== this.#turn) return;
      const view = await outputView(output, blob, { deck: this.#deck, caption, sounds });
      if (signal.aborted || turn !== this.#turn) return;
      tile.show(view, outputTools(output, blob, { info, reuse: this.reuse }));
    }));
  }

  /**
   * @param {Generation} generation What was made.
   * @param {number} count How many samples it has.
   * @param {AbortSignal} signal Ends it.
   */
  #showSamples(generation, count, signal) {
    const buttons = Array.from({ length: count }, (_, i) => {
      const click = () => {
        buttons.forEach((button, j) => button.setAttribute("aria-pressed", String(i === j)));
        this.#showSample(generation, i, signal).catch(showProblem);
      };
      const label = `Sample ${i + 1} of ${count}`;
      const properties = { type: "button", "aria-label": label, "aria-pressed": String(i === 0) };
      return element("button", { ...properties, on: { click } }, String(i + 1));
    });
    this.#samples.replaceChildren(...buttons);
    this.#samples.hidden = false;
  }

  /** @param {readonly string[]} notices What the server notes. */
  #showNotices(notices) {
    this.#notices.hidden = notices.length === 0;
    this.#notices.replaceChildren(...notices.map((notice) => element("li", {}, notice)));
  }

  /** @param {string} text What is told above the outputs. */
  #say(text) {
    this.#status.textContent = text;
  }
}

/** @param {number} position How many come before. @returns {string} In words. */
function waitingWords(position) {
  if (position === 0) return "Waiting · it is next";
  return `Waiting · ${position} before it`;
}
