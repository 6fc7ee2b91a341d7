/** Steps of the test of the page: files as prompts, samples that are followed, parts that are kept. */

import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { sha256 } from "../sha256.ts";
import { setSteps } from "./browser_testing.ts";

/** What the record of a run says of a file. */
interface ToldFile {
  readonly upload: { readonly mediaType: string; readonly sha256: string };
  readonly region?: string;
}

/** What is looked at in the record of a run. */
interface ToldRequest {
  readonly prompts: readonly (ToldFile & { readonly text?: string })[];
  readonly follow: Readonly<Record<string, ToldFile>>;
  readonly keep: Readonly<Record<string, ToldFile>>;
}

/** Sends a picture from the disk, and makes it again without choosing the file anew. */
export async function sendsAFile(page: Page): Promise<void> {
  await openMade(page, 4);
  const { url } = await outputOf(page, "image");
  const picture = await (await fetch(url)).bytes();
  await onlyWords(page);
  await page.locator("#file-input").setInputFiles({
    name: "harp.png",
    mimeType: "image/png",
    buffer: Buffer.from(picture),
  });
  await page.getByRole("img", { name: "harp.png" }).waitFor();
  await choose(page, ["text"]);
  const before = await countMade(page);
  await generate(page);
  const { prompts } = await recordOf(page);
  assertEquals(prompts.map((prompt) => prompt.upload?.mediaType), [undefined, "image/png"]);
  // The server has written the picture anew; the page knows it by that digest, too.
  await page.getByRole("button", { name: "New seed" }).click();
  await page.waitForFunction(
    (count) => document.querySelectorAll("#history [data-status=done]").length === count,
    before + 2,
  );
  assertEquals((await recordOf(page)).prompts[1]!.upload, prompts[1]!.upload);
}

/** Lets a new clip follow a sound that was made. */
export async function follows(page: Page): Promise<void> {
  await openMade(page, 4);
  const { url } = await outputOf(page, "audio");
  const sound = await (await fetch(url)).bytes();
  await onlyWords(page);
  await choose(page, ["video", "audio"]);
  await page.getByRole("button", { name: "Let others follow the audio in time" }).click();
  // What is followed is not made as well.
  assertEquals(await chosen(page), ["video"]);
  await generate(page);
  const { follow } = await recordOf(page);
  assertEquals(follow["audio"]!.upload.sha256, await sha256(sound));
}

/** Keeps the left half of a picture, drawn with the pointer. */
export async function keepsAPart(page: Page): Promise<void> {
  await openMade(page, 4);
  const before = await pixelsOf(page, (await outputOf(page, "image")).url);
  await onlyWords(page);
  await choose(page, ["text"]);
  await page.getByRole("button", { name: "Use the image as a prompt" }).click();
  const card = page.locator("#prompts li[data-voice=image]");
  await card.getByLabel("What it is for").selectOption("keep");
  assertEquals(await chosen(page), ["text", "image"]);
  const sample = card.locator(".sample");
  await sample.locator("img").waitFor(); // the outputs stand below it, and move when it appears
  await choose(page, ["image"]);
  await sample.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await sample.boundingBox())!;
  await page.mouse.move(x + 4, y + 4); // its corners are round
  await page.mouse.down();
  await page.mouse.move(x + 0.5 * width - 2, y + height - 1, { steps: 3 });
  await page.mouse.up();
  assertEquals(await card.getByLabel("Keep", { exact: false }).last().inputValue(), "0,0,32,64");
  assert(await card.locator(".region").isVisible());
  await setSteps(page, 4);
  await generate(page);
  const { keep } = await recordOf(page);
  assertEquals(keep["image"]!.region, "0,0,32,64");
  const after = await pixelsOf(page, (await outputOf(page, "image")).url);
  const [left, right] = [0, 1].map((half) => difference(before, after, half));
  assert(left! < 0.5 * right!, `the kept half differs by ${left}, the other by ${right}`);
}

/** The mean difference in a half of two pictures of 64×64, 0 the left one. */
function difference(a: readonly number[], b: readonly number[], half: number): number {
  const at = [...a.keys()].filter((i) => Math.floor((Math.floor(i / 4) % 64) / 32) === half);
  return at.reduce((sum, i) => sum + Math.abs(a[i]! - b[i]!), 0) / at.length;
}

async function pixelsOf(page: Page, url: string): Promise<number[]> {
  return await page.evaluate(async (url) => {
    const picture = await createImageBitmap(await (await fetch(url)).blob());
    const context = new OffscreenCanvas(64, 64).getContext("2d")!;
    context.drawImage(picture, 0, 0);
    return [...context.getImageData(0, 0, 64, 64).data];
  }, url);
}

/** Opens the generation of so many outputs that was made last. */
export async function openMade(page: Page, outputs: number): Promise<void> {
  const entries = page.locator("#history button[data-status=done]");
  await entries.first().waitFor();
  for (const entry of await entries.all()) {
    if (await entry.locator(".marks > span").count() !== outputs) continue;
    await entry.click();
    await page.waitForFunction(
      (count) => document.querySelectorAll(".tile[data-state=done]").length === count,
      outputs,
    );
    return;
  }
  throw new Error(`Nothing with ${outputs} outputs was made`);
}

/** Leaves no prompt but a sentence. */
async function onlyWords(page: Page): Promise<void> {
  const remove = page.getByRole("button", { name: /^Remove this / });
  while (await remove.count() > 0) await remove.last().click();
  await page.locator("#add-words").click();
  await page.getByLabel("Words", { exact: true }).fill("a harp");
}

async function chosen(page: Page): Promise<string[]> {
  return await page.locator("#outputs input").evaluateAll((boxes) =>
    (boxes as HTMLInputElement[]).filter(({ checked }) => checked).map(({ value }) => value)
  );
}

async function choose(page: Page, names: readonly string[]): Promise<void> {
  // Clicked where they are seen: the boxes themselves are hidden, and something may lie over them.
  const click = (name: string) => page.locator(`#outputs [data-voice=${name}]`).click();
  const before = await chosen(page);
  for (const name of names.filter((name) => !before.includes(name))) await click(name);
  for (const name of before.filter((name) => !names.includes(name))) await click(name);
}

async function countMade(page: Page): Promise<number> {
  return await page.locator("#history [data-status=done]").count();
}

/** Generates what is put together, and waits for it. */
async function generate(page: Page): Promise<void> {
  const before = await countMade(page);
  await page.getByRole("button", { name: "Generate" }).click();
  await page.waitForFunction(
    (count) => document.querySelectorAll("#history [data-status=done]").length === count,
    before + 1,
  );
}

/** The output that is shown of a modality. */
async function outputOf(page: Page, modality: string): Promise<{ url: string }> {
  const id = await page.locator("#history [aria-current]").getAttribute("data-id");
  return { url: new URL(`/v1/generations/${id}/outputs/${modality}`, page.url()).href };
}

/** What the record of the run that is shown says was asked for. */
async function recordOf(page: Page): Promise<ToldRequest> {
  const link = page.getByRole("link", { name: "How it was made" });
  const path = await link.getAttribute("href");
  return (await (await fetch(new URL(path!, page.url()))).json()).request;
}
