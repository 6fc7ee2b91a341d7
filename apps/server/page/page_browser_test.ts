/**
 * The page in a real browser, against a real server with the shipped networks:
 * `deno task test:page`.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { join } from "@std/path";
import type { Page } from "playwright-core";
import { startServer } from "../process_testing.ts";
import { findChromium, open, openBrowser, setSteps } from "./browser_testing.ts";
import { follows, keepsAPart, openMade, sendsAFile } from "./file_steps_testing.ts";
import { fitsAPhone, isReadable, isToldByEar, worksByKeyboard } from "./use_steps_testing.ts";

const SENTENCE = "three rising trumpet notes on a blue background";
/** Other work may keep a machine busy. */
const TIMEOUT = 480_000;

const chromium = findChromium();
const without = chromium === undefined
  ? " (left out: there is no Chromium here; apt-get install chromium)"
  : "";

Deno.test({
  name: `page makes, plays, cancels, remembers and explains${without}`,
  ignore: chromium === undefined,
  fn: async (t) => {
    const data = await Deno.makeTempDir({ prefix: "codi-page-" });
    const server = await startServer(data);
    const browser = await openBrowser(chromium!);
    const page = await browser.newPage({ permissions: ["microphone"] });
    const complaints: string[] = [];
    page.setDefaultTimeout(TIMEOUT);
    // All that the page loads comes from its own server.
    const origins = new Set<string>();
    page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (!["data:", "blob:"].includes(protocol)) origins.add(origin);
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      // Chromium reports refused requests here too; the page explains those itself.
      const own = !message.text().startsWith("Failed to load resource");
      if (message.type() === "error" && own) complaints.push(message.text());
    });
    try {
      await open(page, server.url);
      await t.step("a sentence becomes all four, forming together", () => makesAllFour(page));
      await t.step("the clip plays with sound in it", () => playsTheClip(page));
      await t.step("an output becomes a prompt beside others", () => feedsBack(page));
      await t.step("what runs is cancelled by a key", () => cancels(page, server.url));
      await t.step("vary keeps the seed", () => varies(page));
      await t.step("a link holds the recipe", () => shares(page));
      await t.step("a recording becomes a prompt", () => records(page));
      await t.step("what is dropped and pasted becomes prompts", () => dropsAndPastes(page, data));
      await t.step("the history is there after a reload", () => remembers(page));
      await setSteps(page, 1);
      await t.step("a file is sent, and known when it is made again", () => sendsAFile(page));
      await t.step("a clip follows a sound that was made", () => follows(page));
      await t.step("a part of a picture is kept", () => keepsAPart(page));
      await t.step("uploads that are too large are explained", () => explains(page, data));
      await showsAll(page, data);
      await t.step("all text can be read, in light and in dark", () => isReadable(page));
      await t.step("screen readers have a name for everything", () => isToldByEar(page));
      await t.step("everything can be touched on a phone", () => fitsAPhone(page));
      await t.step("the keyboard alone will do", () => worksByKeyboard(page));
      assertEquals(complaints, []);
      assertEquals([...origins], [server.url]);
    } finally {
      await browser.close();
      await server.end("SIGTERM");
      await Deno.remove(data, { recursive: true });
    }
  },
});

Deno.test({
  name: `page asks for a token, and opens records with it${without}`,
  ignore: chromium === undefined,
  fn: async () => {
    const data = await Deno.makeTempDir({ prefix: "codi-page-" });
    const token = "a token that has many letters".replaceAll(" ", "-");
    await Deno.writeTextFile(join(data, "tokens.txt"), `ann ${token}\n`);
    const server = await startServer(data, ["--tokens", join(data, "tokens.txt")]);
    const browser = await openBrowser(chromium!);
    const page = await browser.newPage();
    page.setDefaultTimeout(TIMEOUT);
    try {
      await page.goto(server.url);
      const field = page.locator("#token-input");
      await field.fill(token);
      await field.press("Enter");
      await page.waitForSelector("body[data-ready]");
      await setSteps(page, 1);
      await page.getByLabel("Words", { exact: true }).fill(SENTENCE);
      await page.keyboard.press("Control+Enter");
      const record = page.getByRole("link", { name: "How it was made" });
      await record.waitFor();
      const [opened] = await Promise.all([page.waitForEvent("popup"), record.click()]);
      await opened.waitForLoadState();
      assertMatch(await opened.locator("body").innerText(), /"steps": ?1\b/);
    } finally {
      await browser.close();
      await server.end("SIGTERM");
      await Deno.remove(data, { recursive: true });
    }
  },
});

async function makesAllFour(page: Page): Promise<void> {
  await page.getByLabel("Words", { exact: true }).fill(SENTENCE);
  for (const name of ["text", "image", "video", "audio"]) {
    const toggle = page.locator("#outputs").getByLabel(name);
    await toggle.uncheck({ force: true }).catch(() => {}); // The last one stays on.
    await toggle.check({ force: true });
  }
  await setSteps(page, 3);
  // After three steps only some seeds sound.
  await page.getByLabel("Seed").fill("1");
  const forming = Promise.all(
    ["image", "video", "audio"].map((name) =>
      page.waitForSelector(`.tile[data-voice=${name}][data-state=forming] .preview`)
    ),
  );
  await page.getByRole("button", { name: "Generate" }).click();
  await forming;
  await page.waitForFunction(() =>
    document.querySelectorAll(".tile[data-state=done]").length === 4
  );
  const made = await page.evaluate(() => ({
    words: document.querySelector(".words")!.textContent!,
    side: document.querySelector<HTMLImageElement>(".tile[data-voice=image] img")!.naturalWidth,
    onsets: document.querySelector(".count")!.textContent!,
    told: document.querySelector("#announcements")!.textContent!,
  }));
  assert(made.words.split(" ").length >= 3, made.words);
  assertEquals(made.side, 64);
  assertMatch(made.onsets, /^\d+ onsets?$/);
  assertMatch(made.told, /^Made text, image, audio and video · seed \d+ · 3 steps/);
  const colors = await page.waitForFunction(() => {
    const canvas = document.querySelector<HTMLCanvasElement>(".spectrogram")!;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size > 20;
  });
  assert(await colors.jsonValue());
  await page.getByLabel("Seed").fill("");
}

async function playsTheClip(page: Page): Promise<void> {
  // The clip is over in two seconds, so a busy machine might look too late: events are not missed.
  const playing = page.evaluate((timeout) =>
    new Promise((resolve, reject) => {
      const video = document.querySelector<
        HTMLVideoElement & { webkitAudioDecodedByteCount: number }
      >(".clip video")!;
      const playhead = document.querySelector<HTMLElement>(".playhead")!;
      let follows = false;
      const look = () => {
        follows ||= !playhead.hidden;
        const { currentTime, muted, videoWidth, webkitAudioDecodedByteCount } = video;
        const heard = !muted && currentTime > 0.2 && webkitAudioDecodedByteCount > 1000;
        if (heard && follows) resolve({ videoWidth });
      };
      new MutationObserver(look).observe(playhead, { attributes: true });
      for (const event of ["timeupdate", "ended"]) video.addEventListener(event, look);
      setTimeout(() => reject(new Error("the clip did not play, or without sound")), timeout);
    }), TIMEOUT);
  await page.getByRole("button", { name: "Play the video with its sound" }).click();
  assertEquals(await playing, { videoWidth: 256 });
  const loudness = await page.evaluate(async () => {
    // The page's policy lets nothing fetch what the element plays, so it is the server's file.
    const { generations } = await (await fetch("/v1/generations?limit=1")).json();
    const { url } = generations[0].outputs.find(({ name }: { name: string }) => name === "video");
    const bytes = await (await fetch(url)).arrayBuffer();
    const sound = await new OfflineAudioContext(1, 1, 16_000).decodeAudioData(bytes);
    const samples = sound.getChannelData(0);
    return Math.sqrt(samples.reduce((sum, value) => sum + value ** 2, 0) / samples.length);
  });
  assert(loudness > 0.005, `${loudness}`);
}

async function feedsBack(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Use the image as a prompt" }).click();
  await page.waitForSelector("#prompts .sample img");
  await page.locator("#prompts li").nth(1).getByLabel("Weight").fill("3");
  assertEquals(await page.getByRole("img", { name: "The mix: text 25 %, image 75 %" }).count(), 1);
  for (const name of ["image", "video", "audio"]) {
    await page.locator("#outputs").getByLabel(name).uncheck({ force: true });
  }
  await setSteps(page, 1);
  await page.getByLabel("Candidates").fill("2");
  await page.getByRole("button", { name: "Generate" }).click();
  await page.waitForFunction(() =>
    document.querySelector("#announcements")!.textContent!.startsWith("Made text · seed")
  );
  assertEquals(await page.locator(".tile").count(), 1);
}

async function cancels(page: Page, url: string): Promise<void> {
  await setSteps(page, 200);
  await page.getByRole("button", { name: "Generate" }).click();
  await page.waitForFunction(() =>
    /^Step \d+/.test(document.querySelector("#status")!.textContent!)
  );
  await page.locator("#stage").focus();
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.querySelector("#status")!.textContent === "Cancelled");
  const { generations } = await (await fetch(`${url}/v1/generations?limit=1`)).json();
  assertEquals(generations[0].status, "cancelled");
}

async function varies(page: Page): Promise<void> {
  await page.locator("#history button[data-status=done]").first().click();
  await page.waitForFunction(() =>
    document.querySelector("#status")!.textContent!.startsWith("Made")
  );
  const status = await page.locator("#status").textContent();
  await page.getByRole("button", { name: "Vary" }).click();
  assertEquals(await page.getByLabel("Seed").inputValue(), /seed (\d+)/.exec(status!)![1]);
  assertEquals(await page.getByLabel("Steps").inputValue(), "1");
  assertEquals(await page.getByLabel("Candidates").inputValue(), "2");
  assertEquals(await page.evaluate(() => document.activeElement!.tagName), "TEXTAREA");
}

async function shares(page: Page): Promise<void> {
  const seed = await page.getByLabel("Seed").inputValue();
  await page.getByRole("button", { name: "Share" }).click();
  await page.waitForFunction(() => location.hash.startsWith("#recipe="));
  const other = await page.context().browser()!.newPage();
  other.setDefaultTimeout(TIMEOUT);
  await open(other, page.url());
  assertEquals(await other.getByLabel("Words", { exact: true }).inputValue(), SENTENCE);
  await other.locator("#settings summary").click();
  assertEquals(await other.getByLabel("Seed").inputValue(), seed);
  assertEquals(await other.locator("#outputs :checked").count(), 1);
  const candidates = other.getByLabel("Candidates");
  assertEquals(await candidates.inputValue(), "2");
  await other.getByRole("button", { name: "Reset" }).click();
  assertEquals(await candidates.inputValue(), "");
  assertMatch((await candidates.getAttribute("placeholder"))!, /^\d+( to \d+)?$/);
  await candidates.fill("17");
  assertEquals(await candidates.evaluate((field: HTMLInputElement) => field.validity.valid), false);
  await other.close();
  await page.getByLabel("Candidates").fill("");
  await page.waitForFunction(() => location.hash === ""); // the link is another recipe's now
}

async function records(page: Page): Promise<void> {
  const cards = await page.locator("#prompts li").count();
  await page.getByRole("button", { name: "Record" }).click();
  await page.getByRole("button", { name: /Stop · 1\.\d/ }).click();
  await page.waitForSelector("#prompts li[data-voice=audio] .sample canvas");
  assertEquals(await page.locator("#prompts li").count(), cards + 1);
}

async function dropsAndPastes(page: Page, data: string): Promise<void> {
  await page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
    const brought = (name: string) => {
      const data = new DataTransfer();
      data.items.add(new File([blob!], name, { type: "image/png" }));
      return data;
    };
    const words = new DataTransfer();
    words.setData("text/plain", "a pasted bell");
    const bubbles = { bubbles: true, cancelable: true };
    const { body } = document;
    body.dispatchEvent(new DragEvent("drop", { ...bubbles, dataTransfer: brought("dropped.png") }));
    body.dispatchEvent(
      new ClipboardEvent("paste", { ...bubbles, clipboardData: brought("pasted.png") }),
    );
    body.dispatchEvent(new ClipboardEvent("paste", { ...bubbles, clipboardData: words }));
  });
  const prompts = page.locator("#prompts");
  await prompts.getByRole("img", { name: "dropped.png" }).waitFor();
  await prompts.getByRole("img", { name: "pasted.png" }).waitFor();
  assertEquals(await prompts.getByLabel("Words").last().inputValue(), "a pasted bell");
  const file = join(data, "words.txt");
  await Deno.writeTextFile(file, "a harp from a file\n");
  await page.locator("#file-input").setInputFiles(file);
  await page.waitForFunction(() =>
    [...document.querySelectorAll<HTMLTextAreaElement>("#prompts textarea, #prompts input")]
      .some(({ value }) => value === "a harp from a file")
  );
}

async function remembers(page: Page): Promise<void> {
  await open(page, new URL("/", page.url()).href);
  // What was put together is there, the recording from the browser's own store.
  await page.waitForSelector("#prompts li[data-voice=audio] .sample canvas");
  const entries = page.locator("#history button[data-id]");
  assertEquals(await entries.count(), 3);
  await entries.nth(2).click();
  await page.waitForFunction(() =>
    document.querySelectorAll(".tile[data-state=done]").length === 4
  );
  assertEquals(await page.locator("#history [aria-current]").count(), 1);
}

async function explains(page: Page, data: string): Promise<void> {
  const chooser = page.locator("#file-input");
  const long = join(data, "long.wav");
  await Deno.writeFile(long, new Uint8Array(20_100_000));
  await chooser.setInputFiles(long);
  const problem = page.getByRole("alert");
  await problem.getByText("The file is too large").waitFor();
  assertMatch(
    (await problem.textContent())!,
    /“long\.wav” has 20\.1 MB; this server takes files of up to 20 MB/,
  );
  assertEquals(await page.locator("#prompts").getByText("long.wav").count(), 0);

  await chooser.setInputFiles({
    name: "vast.png",
    mimeType: "image/png",
    buffer: Buffer.from(vastPicture()),
  });
  await page.locator("#prompts").getByText("vast.png").waitFor();
  await page.getByRole("button", { name: "Generate" }).click();
  await problem.getByText("The request is too large").waitFor();
  assertMatch(
    (await problem.textContent())!,
    /“vast\.png”: its .* pixels.*16 megapixels a picture/s,
  );
}

/** The beginning of a PNG file that says it is 30 000 pixels wide and high. */
function vastPicture(): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, 30_000);
  view.setUint32(20, 30_000);
  bytes.set([8, 2], 24);
  return bytes;
}

/** Opens all there is to see: four outputs, a prompt of each kind, the settings and a problem. */
async function showsAll(page: Page, data: string): Promise<void> {
  await openMade(page, 4);
  await page.getByRole("button", { name: "Use the image as a prompt" }).click();
  await page.locator("#file-input").setInputFiles(join(data, "long.wav"));
  await page.getByRole("alert").getByText("The file is too large").waitFor();
}
