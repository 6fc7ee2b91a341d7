import { announce } from "../ui/announce.js";
import { clearProblem, showProblem } from "../ui/problem_view.js";
import { modalityOfFile } from "./modality_of_file.js";

/** Makes prompts of files and words. */
export class AddPrompts {
  #composition;
  #files;

  /**
   * @param {import("./composition.js").Composition} composition Gets the prompts.
   * @param {import("../recipe/kept_files.js").KeptFiles} files Keeps the files.
   */
  constructor(composition, files) {
    this.#composition = composition;
    this.#files = files;
  }

  /**
   * Makes prompts of files. Those that cannot be taken are explained.
   *
   * @param {readonly File[]} given The files.
   */
  async files(given) {
    clearProblem();
    for (const file of given) {
      try {
        if (file.type === "text/plain") {
          this.words((await file.text()).trim());
          continue;
        }
        const { modality, blob } = await modalityOfFile(file, this.#composition.capabilities);
        const key = await this.#files.put(blob);
        this.#composition.add({ modality, file: key, name: file.name });
        announce(`${file.name} is a prompt now`);
      } catch (error) {
        showProblem(error);
      }
    }
  }

  /**
   * Makes a prompt of words and puts the cursor there.
   *
   * @param {string} [text] The words; without them, a place to type some.
   */
  words(text = "") {
    const { capabilities, recipe } = this.#composition;
    const modality = capabilities.modalities.find(({ words }) => words);
    if (modality === undefined) return;
    const empty = recipe.prompts.find((prompt) => prompt.text === "");
    if (text !== "" && empty !== undefined) this.#composition.remove(empty);
    this.#composition.add({ modality: modality.name, text });
    this.focus();
  }

  /**
   * Puts other words in the place of what is typed, if that is one sentence.
   *
   * @param {string} text The words.
   */
  instead(text) {
    const typed = this.#composition.recipe.prompts.filter(({ text }) => text !== undefined);
    if (typed.length === 1) this.#composition.remove(typed[0]);
    this.words(text);
  }

  /** Puts the cursor into the last words. */
  focus() {
    const fields = document.querySelectorAll("#prompts textarea");
    const last = fields[fields.length - 1];
    if (!(last instanceof HTMLTextAreaElement)) return;
    last.focus();
    last.select();
  }
}
