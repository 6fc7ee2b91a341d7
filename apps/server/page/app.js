import { Client } from "./api/client.js";
import { isOver } from "./api/generation.js";
import { withNames } from "./api/problem.js";
import { AddPrompts } from "./compose/add_prompts.js";
import { Composition } from "./compose/composition.js";
import { nextExample } from "./compose/examples.js";
import { outputs } from "./compose/outputs.js";
import { promptList } from "./compose/prompt_list.js";
import { receiveFiles } from "./compose/receive_files.js";
import { recordButton } from "./compose/record_button.js";
import { settings } from "./compose/settings.js";
import { History } from "./history/history.js";
import { fromGeneration, uploadAt } from "./recipe/from_generation.js";
import { KeptFiles } from "./recipe/kept_files.js";
import { fromFragment, toFragment } from "./recipe/link.js";
import { parseRecipe } from "./recipe/recipe.js";
import { toRequest } from "./recipe/to_request.js";
import { actions } from "./stage/actions.js";
import { Stage } from "./stage/stage.js";
import { askForToken } from "./ui/ask_for_token.js";
import { find } from "./ui/find.js";
import { icon } from "./ui/icon.js";
import { listenToKeys } from "./ui/keys.js";
import { clearProblem, showHint, showProblem } from "./ui/problem_view.js";

/** @typedef {import("./recipe/recipe.js").Recipe} Recipe */
/** @typedef {import("./recipe/recipe.js").RecipePrompt} RecipePrompt */

/** Puts the page together. */
async function start() {
  const client = new Client();
  client.askForToken = askForToken;
  const composition = new Composition(await client.open());
  const { capabilities } = composition;
  const files = new KeptFiles();
  const add = new AddPrompts(composition, files);
  const stage = new Stage(client);
  const history = new History(client);

  /** @param {string} key A key of the kept files. */
  const fileOf = async (key) => {
    const output = history.outputsByDigest().get(key);
    return await files.get(key) ?? (output === undefined ? undefined : client.output(output));
  };
  const blobOf = async (/** @type {RecipePrompt} */ { file, output }) => {
    if (file !== undefined) return await fileOf(file);
    return output === undefined ? undefined : await client.output(output);
  };

  const generateButton = find("#generate", HTMLButtonElement);
  async function generate() {
    if (generateButton.disabled) return;
    clearProblem();
    generateButton.disabled = true;
    try {
      const recipe = structuredClone(composition.recipe);
      const { request, files: sent, names, uploads } = await toRequest(recipe, fileOf);
      const generation = await client.generate(request, sent).catch((error) => {
        throw withNames(error, names);
      });
      for (const [pointer, blob] of uploads) {
        const digest = uploadAt(generation, pointer)?.sha256;
        if (digest !== undefined) await files.put(blob, digest);
      }
      history.note(generation, { ...recipe, seed: generation.request.seed });
      if (matchMedia("(max-width: 60rem)").matches) find("#stage", HTMLElement).scrollIntoView();
      stage.show(generation);
    } catch (error) {
      showProblem(error);
    } finally {
      generateButton.disabled = false;
    }
  }

  /** @param {Recipe} recipe A recipe that is taken over. @param {string} hint What is said. */
  function takeOver(recipe, hint) {
    composition.replace(recipe);
    add.focus();
    showHint(hint);
  }

  stage.reuse = (output, role) => {
    if (output.text !== undefined) return add.words(output.text);
    const { modality, url } = output;
    composition.add({ modality, output: url, role, name: `${modality} made before` });
    showHint(
      role === "prompt" ? `The ${modality} is a prompt now` : `Outputs follow the ${modality}`,
    );
  };
  stage.addEventListener("change", () => {
    const { generation } = stage;
    document.body.toggleAttribute("data-busy", stage.busy);
    if (generation !== undefined && isOver(generation.status)) {
      history.note(generation, fromGeneration(generation, capabilities));
    }
  });
  history.open = (generation) => {
    clearProblem();
    stage.show(generation);
    find("#stage", HTMLElement).scrollIntoView({ block: "nearest" });
  };
  history.again = (recipe) => takeOver(recipe, "The server forgot it; its recipe is here again");

  function shownRecipe() {
    if (stage.generation === undefined) return composition.recipe;
    const recipe = fromGeneration(stage.generation, capabilities);
    // What was made here before is named by its path, so that links hold it.
    const made = history.outputsByDigest();
    return {
      ...recipe,
      prompts: recipe.prompts.map(({ file, ...prompt }) => {
        const output = made.get(file ?? "");
        if (output !== undefined) return { ...prompt, output };
        return file === undefined ? prompt : { ...prompt, file };
      }),
    };
  }
  const vary = () => takeOver(shownRecipe(), "Same seed: change the words and generate");
  const reseed = () => {
    composition.replace({ ...shownRecipe(), seed: null });
    generate();
  };
  async function share() {
    const { fragment, leftOut } = toFragment(shownRecipe());
    const { origin, pathname } = location;
    globalThis.history.replaceState(null, "", fragment);
    const without = leftOut === 0
      ? ""
      : `, without ${leftOut === 1 ? "a file" : `${leftOut} files`}`;
    try {
      await navigator.clipboard.writeText(origin + pathname + fragment);
      showHint(`The link is copied${without}`);
    } catch {
      showHint(`The page's address is the link now${without}`);
    }
  }

  function readLink() {
    try {
      const given = fromFragment(location.hash);
      if (given === undefined) return false;
      composition.replace(parseRecipe(given, capabilities));
      showHint("This is the recipe of the link");
      return true;
    } catch (error) {
      showProblem(error);
      return false;
    }
  }

  const draft = history.past.draft();
  try {
    if (draft !== null) composition.replace(parseRecipe(draft, capabilities));
  } catch {
    // What an older page stored is worth no message.
  }
  promptList({ composition, blobOf });
  outputs(composition);
  settings(composition);
  actions(stage, { vary, reseed, share }, client);
  composition.addEventListener("outputs", () => stage.prepare(composition.recipe.to));
  composition.addEventListener("change", () => {
    history.past.rememberDraft(composition.recipe);
    // A link that the address still held would replace these changes when the page is loaded again.
    if (location.hash !== "") globalThis.history.replaceState(null, "", location.pathname);
  });
  stage.prepare(composition.recipe.to);
  readLink();
  addEventListener("hashchange", readLink);

  find("#compose", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    generate();
  });
  const chooser = find("#file-input", HTMLInputElement);
  chooser.accept = [...new Set(capabilities.modalities.flatMap(({ accepts }) => accepts))].join();
  chooser.addEventListener("change", () => {
    add.files([...chooser.files ?? []]);
    chooser.value = "";
  });
  receiveFiles({ files: (given) => add.files(given), words: (text) => add.words(text) });
  const button = (/** @type {string} */ selector, /** @type {string} */ name) => {
    const found = find(selector, HTMLButtonElement);
    found.prepend(icon(name));
    return found;
  };
  button("#add-words", "text").addEventListener("click", () => add.words());
  find("#example", HTMLButtonElement).addEventListener("click", () => add.instead(nextExample()));
  button("#add-file", "file").addEventListener("click", () => chooser.click());
  const pressRecord = recordButton((sound) => {
    add.files([new File([sound], "recording.wav", { type: "audio/wav" })]);
  });
  const toggled = capabilities.modalities.filter(({ output }) => output).map(({ name }, i) => ({
    key: String(i + 1),
    does: `Switch ${name} on or off`,
    run: () => composition.toggle(name),
  }));
  listenToKeys({
    always: [{
      key: "Ctrl Enter",
      does: "Generate",
      run: generate,
      matches: ({ key, ctrlKey, metaKey }) => key === "Enter" && (ctrlKey || metaKey),
    }, {
      key: "Esc",
      does: "Cancel what runs",
      run: () => stage.cancel(),
      matches: ({ key }) => key === "Escape" && stage.busy,
    }],
    single: [
      { key: "W", does: "Add words", run: () => add.words() },
      { key: "F", does: "Add a file", run: () => chooser.click() },
      { key: "R", does: "Record, and end the recording", run: pressRecord },
      ...toggled,
      { key: "V", does: "Vary: same seed, other prompt", run: vary },
      { key: "N", does: "Make it again with a new seed", run: reseed },
      { key: "S", does: "Copy a link to the recipe", run: share },
    ],
  });
  const listed = await history.load();
  const running = listed.find(({ status }) => status === "running" || status === "waiting");
  if (running !== undefined && stage.generation === undefined) stage.show(running);
}

start().catch(showProblem).finally(() => document.body.dataset.ready = "");
