/**
 * The files of CoDi's page, which its server hands out at `/` and below `/page/`. They are part of the
 * program, so they come along wherever it is loaded from, and no path of a request reaches a disk.
 *
 * @module
 */

import apiCapabilitiesJs from "./api/capabilities.js" with { type: "text" };
import apiClientJs from "./api/client.js" with { type: "text" };
import apiGenerationJs from "./api/generation.js" with { type: "text" };
import apiParseEventsJs from "./api/parse_events.js" with { type: "text" };
import apiProblemJs from "./api/problem.js" with { type: "text" };
import appJs from "./app.js" with { type: "text" };
import composeAddPromptsJs from "./compose/add_prompts.js" with { type: "text" };
import composeCompositionJs from "./compose/composition.js" with { type: "text" };
import composeExamplesJs from "./compose/examples.js" with { type: "text" };
import composeModalityOfFileJs from "./compose/modality_of_file.js" with { type: "text" };
import composeOutputsJs from "./compose/outputs.js" with { type: "text" };
import composePromptCardJs from "./compose/prompt_card.js" with { type: "text" };
import composePromptListJs from "./compose/prompt_list.js" with { type: "text" };
import composeReceiveFilesJs from "./compose/receive_files.js" with { type: "text" };
import composeRecordButtonJs from "./compose/record_button.js" with { type: "text" };
import composeRegionFieldJs from "./compose/region_field.js" with { type: "text" };
import composeSampleViewJs from "./compose/sample_view.js" with { type: "text" };
import composeSettingsJs from "./compose/settings.js" with { type: "text" };
import historyCaptionJs from "./history/caption.js" with { type: "text" };
import historyHistoryJs from "./history/history.js" with { type: "text" };
import historyPastRecipesJs from "./history/past_recipes.js" with { type: "text" };
import historyThumbnailJs from "./history/thumbnail.js" with { type: "text" };
import iconSvg from "./icon.svg" with { type: "text" };
import indexHtml from "./index.html" with { type: "text" };
import recipeFromGenerationJs from "./recipe/from_generation.js" with { type: "text" };
import recipeKeptFilesJs from "./recipe/kept_files.js" with { type: "text" };
import recipeLinkJs from "./recipe/link.js" with { type: "text" };
import recipeRecipeJs from "./recipe/recipe.js" with { type: "text" };
import recipeToRequestJs from "./recipe/to_request.js" with { type: "text" };
import soundDecodeSoundJs from "./sound/decode_sound.js" with { type: "text" };
import soundDrawSpectrogramJs from "./sound/draw_spectrogram.js" with { type: "text" };
import soundOnsetsJs from "./sound/onsets.js" with { type: "text" };
import soundPowerSpectrumJs from "./sound/power_spectrum.js" with { type: "text" };
import soundRecorderJs from "./sound/recorder.js" with { type: "text" };
import soundSpectrogramJs from "./sound/spectrogram.js" with { type: "text" };
import soundWriteWavJs from "./sound/write_wav.js" with { type: "text" };
import stageActionsJs from "./stage/actions.js" with { type: "text" };
import stageDeckJs from "./stage/deck.js" with { type: "text" };
import stageEdgeColorJs from "./stage/edge_color.js" with { type: "text" };
import stageFormingTextJs from "./stage/forming_text.js" with { type: "text" };
import stageNoiseFieldJs from "./stage/noise_field.js" with { type: "text" };
import stageOutputToolsJs from "./stage/output_tools.js" with { type: "text" };
import stageOutputViewJs from "./stage/output_view.js" with { type: "text" };
import stageRemainingTimeJs from "./stage/remaining_time.js" with { type: "text" };
import stageSoundViewJs from "./stage/sound_view.js" with { type: "text" };
import stageStageJs from "./stage/stage.js" with { type: "text" };
import stageTickerJs from "./stage/ticker.js" with { type: "text" };
import stageTileJs from "./stage/tile.js" with { type: "text" };
import stageTransportJs from "./stage/transport.js" with { type: "text" };
import styleBaseCss from "./style/base.css" with { type: "text" };
import styleComposeCss from "./style/compose.css" with { type: "text" };
import styleControlsCss from "./style/controls.css" with { type: "text" };
import styleHistoryCss from "./style/history.css" with { type: "text" };
import styleStageCss from "./style/stage.css" with { type: "text" };
import uiAnnounceJs from "./ui/announce.js" with { type: "text" };
import uiAskForTokenJs from "./ui/ask_for_token.js" with { type: "text" };
import uiElementJs from "./ui/element.js" with { type: "text" };
import uiFindJs from "./ui/find.js" with { type: "text" };
import uiFormatJs from "./ui/format.js" with { type: "text" };
import uiIconJs from "./ui/icon.js" with { type: "text" };
import uiKeysJs from "./ui/keys.js" with { type: "text" };
import uiProblemViewJs from "./ui/problem_view.js" with { type: "text" };

/**
 * The text of each file of the page, by its path.
 *
 * @example What the page begins with
 * ```ts
 * import { pageFiles } from "@codi/page";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(pageFiles["index.html"]!.startsWith("<!DOCTYPE html>"), true);
 * ```
 */
export const pageFiles: Readonly<Record<string, string>> = {
  "api/capabilities.js": apiCapabilitiesJs,
  "api/client.js": apiClientJs,
  "api/generation.js": apiGenerationJs,
  "api/parse_events.js": apiParseEventsJs,
  "api/problem.js": apiProblemJs,
  "app.js": appJs,
  "compose/add_prompts.js": composeAddPromptsJs,
  "compose/composition.js": composeCompositionJs,
  "compose/examples.js": composeExamplesJs,
  "compose/modality_of_file.js": composeModalityOfFileJs,
  "compose/outputs.js": composeOutputsJs,
  "compose/prompt_card.js": composePromptCardJs,
  "compose/prompt_list.js": composePromptListJs,
  "compose/receive_files.js": composeReceiveFilesJs,
  "compose/record_button.js": composeRecordButtonJs,
  "compose/region_field.js": composeRegionFieldJs,
  "compose/sample_view.js": composeSampleViewJs,
  "compose/settings.js": composeSettingsJs,
  "history/caption.js": historyCaptionJs,
  "history/history.js": historyHistoryJs,
  "history/past_recipes.js": historyPastRecipesJs,
  "history/thumbnail.js": historyThumbnailJs,
  "icon.svg": iconSvg,
  "index.html": indexHtml,
  "recipe/from_generation.js": recipeFromGenerationJs,
  "recipe/kept_files.js": recipeKeptFilesJs,
  "recipe/link.js": recipeLinkJs,
  "recipe/recipe.js": recipeRecipeJs,
  "recipe/to_request.js": recipeToRequestJs,
  "sound/decode_sound.js": soundDecodeSoundJs,
  "sound/draw_spectrogram.js": soundDrawSpectrogramJs,
  "sound/onsets.js": soundOnsetsJs,
  "sound/power_spectrum.js": soundPowerSpectrumJs,
  "sound/recorder.js": soundRecorderJs,
  "sound/spectrogram.js": soundSpectrogramJs,
  "sound/write_wav.js": soundWriteWavJs,
  "stage/actions.js": stageActionsJs,
  "stage/deck.js": stageDeckJs,
  "stage/edge_color.js": stageEdgeColorJs,
  "stage/forming_text.js": stageFormingTextJs,
  "stage/noise_field.js": stageNoiseFieldJs,
  "stage/output_tools.js": stageOutputToolsJs,
  "stage/output_view.js": stageOutputViewJs,
  "stage/remaining_time.js": stageRemainingTimeJs,
  "stage/sound_view.js": stageSoundViewJs,
  "stage/stage.js": stageStageJs,
  "stage/ticker.js": stageTickerJs,
  "stage/tile.js": stageTileJs,
  "stage/transport.js": stageTransportJs,
  "style/base.css": styleBaseCss,
  "style/compose.css": styleComposeCss,
  "style/controls.css": styleControlsCss,
  "style/history.css": styleHistoryCss,
  "style/stage.css": styleStageCss,
  "ui/announce.js": uiAnnounceJs,
  "ui/ask_for_token.js": uiAskForTokenJs,
  "ui/element.js": uiElementJs,
  "ui/find.js": uiFindJs,
  "ui/format.js": uiFormatJs,
  "ui/icon.js": uiIconJs,
  "ui/keys.js": uiKeysJs,
  "ui/problem_view.js": uiProblemViewJs,
};
