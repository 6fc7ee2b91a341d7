/** Steps of the test of the page: by the keyboard alone, on a phone, in light and dark, by ear. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { open } from "./browser_testing.ts";

/** What can be operated, where it is seen. */
const CONTROLS = "button, a[href], input:not([hidden]), select, textarea, summary";

/** Makes something, and makes something of that, without pointing at anything. */
export async function worksByKeyboard(page: Page): Promise<void> {
  await page.evaluate(() => localStorage.clear());
  await open(page, new URL("/", page.url()).href);
  const { keyboard } = page;
  const nameOf = () =>
    page.evaluate(() => {
      const focused = document.activeElement!;
      const label = focused.getAttribute("aria-label") ?? (focused as HTMLInputElement).labels?.[0]
        ?.textContent ??
        focused.textContent;
      return `${focused.tagName.toLowerCase()} ${label!.trim()}`;
    });
  const tabTo = async (name: RegExp, key = "Tab") => {
    for (let presses = 0; presses < 80; presses++) {
      await keyboard.press(key);
      if (name.test(await nameOf())) return;
    }
    throw new Error(`The key ${key} does not reach ${name}`);
  };

  // The first thing leads past everything else.
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await keyboard.press("Tab");
  assertEquals(await nameOf(), "a Skip to what is made");
  await keyboard.press("Enter");
  assertEquals(await page.evaluate(() => document.activeElement!.id), "stage");

  await tabTo(/^textarea Words$/, "Shift+Tab");
  await keyboard.press("ControlOrMeta+A");
  await keyboard.type("a bell");
  await tabTo(/^input Weight$/);
  await keyboard.press("ArrowRight");
  assertEquals(await page.locator("#prompts output").textContent(), "×1.1");
  for (const name of ["text", "image", "video", "audio"]) {
    const box = page.locator("#outputs").getByLabel(name);
    if (await box.isChecked() !== (name === "image")) {
      await tabTo(new RegExp(`^input ${name}$`));
      await keyboard.press("Space");
    }
    assertEquals(await box.isChecked(), name === "image", name);
  }
  await tabTo(/^summary Settings/);
  await keyboard.press("Enter");
  await tabTo(/^input Steps$/);
  await keyboard.press("ControlOrMeta+A");
  await keyboard.type("1");
  const made = (text: string) =>
    page.waitForFunction(
      (text) => document.querySelector("#announcements")!.textContent!.startsWith(text),
      text,
    );
  await keyboard.press("Control+Enter");
  await made("Made image");

  await tabTo(/^button Use the image as a prompt$/);
  await keyboard.press("Enter");
  await page.locator("#prompts li[data-voice=image]").waitFor();
  await tabTo(/^button Remove this image prompt$/);
  await keyboard.press("Enter");
  await page.locator("#prompts li[data-voice=image]").waitFor({ state: "detached" });
  assert(await page.evaluate(() => document.activeElement !== document.body), "focus is lost");

  await keyboard.press("?");
  assert(await page.locator("#help").isVisible());
  await keyboard.press("Escape");
  assert(!await page.locator("#help").isVisible());
  await tabTo(/^button .*a bell.*; made image; /);
  // What is opened replaces the list and the tools, once the server has told of it.
  const opened = await page.evaluateHandle(() => [
    ...document.querySelectorAll("#history button, #tiles .tool"),
  ]);
  await keyboard.press("Enter");
  await page.waitForFunction(
    (before) => before.every((each) => !each.isConnected) && document.querySelector("#tiles .tool"),
    opened,
  );
  await page.locator("#history [aria-current]").waitFor();
  await keyboard.press("v");
  assertEquals(await nameOf(), "textarea Words");

  // Whoever goes on pressing Tab comes to everything that can be operated, and sees where that is.
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  const all = await page.evaluate((controls) => {
    const found = [...document.querySelectorAll<HTMLElement>(controls)].filter((each) =>
      each.checkVisibility({ visibilityProperty: true }) && !(each as HTMLButtonElement).disabled
    );
    found.forEach((each, i) => each.dataset["place"] = String(i));
    return found.map((each) => each.outerHTML.slice(0, 80));
  }, CONTROLS);
  assert(all.length > 25, `${all.length} controls`);
  const reached = new Set<number>();
  for (let presses = 0; presses < 2 * all.length && reached.size < all.length; presses++) {
    await keyboard.press("Tab");
    const { place, seen, is } = await page.evaluate(() => {
      const focused = document.activeElement as HTMLElement;
      let seen = false;
      for (let at: Element | null = focused; at !== null && !seen; at = at.parentElement) {
        const { outlineStyle, outlineWidth } = getComputedStyle(at);
        seen = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
      }
      return { place: focused.dataset["place"], seen, is: focused.outerHTML.slice(0, 80) };
    });
    if (place === undefined) continue;
    assert(seen, `Nothing shows where the focus is: ${is}`);
    reached.add(Number(place));
  }
  assertEquals(all.filter((_, i) => !reached.has(i)), []);
}

/** Nothing lies outside of a phone's screen, and all that is there can be touched. */
export async function fitsAPhone(page: Page): Promise<void> {
  const before = page.viewportSize()!;
  for (const width of [320, 360, 390, 768]) {
    await page.setViewportSize({ width, height: 740 });
    const { overflow, missed, count } = await page.evaluate((controls) => {
      const { scrollWidth, clientWidth } = document.documentElement;
      const visible = [...document.querySelectorAll<HTMLElement>(controls)].filter((each) =>
        each.checkVisibility({ visibilityProperty: true }) && !each.matches(".skip")
      );
      const missed = visible.flatMap((each) => {
        each.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
        const { left, right, top, bottom, width, height } = each.getBoundingClientRect();
        const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        const hit = at !== null && (each.contains(at) || at.closest("label")?.contains(each));
        const within = left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight;
        // Within a line of text, a line's height has to do.
        const large = Math.min(width, height) >= (each.matches(".inline, input") ? 15 : 24);
        return hit && within && large
          ? []
          : [`${each.outerHTML.slice(0, 80)}: ${JSON.stringify({ hit, within, width, height })}`];
      });
      return { overflow: scrollWidth - clientWidth, missed, count: visible.length };
    }, CONTROLS);
    assertEquals([overflow, missed], [0, []], `${width} pixels`);
    assert(count > 25, `${count} controls`);
    // What is made is chosen in rows of equal length.
    const tops = await page.locator("#outputs > *").evaluateAll((toggles) =>
      toggles.map((toggle) => toggle.getBoundingClientRect().top)
    );
    const rows = [...new Set(tops)].map((top) => tops.filter((other) => other === top).length);
    assertEquals(rows, rows[0] === 2 ? [2, 2] : [4], `${width} pixels`);
  }
  await page.setViewportSize(before);
}

/** Text that is too close to what it stands on, with its contrast. */
interface Faint {
  readonly faint: string[];
  readonly texts: number;
  readonly ground: number;
}

/** All text can be read, in light and in dark, and dark is dark. */
export async function isReadable(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const dialog of [undefined, "help", "token"]) {
      const show = (id: string, open: boolean) =>
        page.evaluate(([id, open]) => {
          const dialog = document.getElementById(id as string) as HTMLDialogElement;
          if (open) dialog.showModal();
          else dialog.close();
        }, [id, open] as const);
      if (dialog !== undefined) await show(dialog, true);
      const { faint, texts, ground } = await page.evaluate(findFaint);
      assertEquals(faint, [], `${colorScheme} ${dialog ?? ""}`);
      assert(texts > 30, `${texts} texts`);
      assert(colorScheme === "dark" ? ground < 0.02 : ground > 0.8, `${colorScheme}: ${ground}`);
      if (dialog !== undefined) await show(dialog, false);
    }
    // Not only what the style says, but what is seen.
    const seen = await lightnessOf(page);
    assert(colorScheme === "dark" ? seen < 0.4 : seen > 0.6, `${colorScheme}: ${seen}`);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}

/** The mean lightness of what is on the screen, from 0 to 1. */
async function lightnessOf(page: Page): Promise<number> {
  const png = (await page.screenshot()).toString("base64");
  return await page.evaluate(async (png) => {
    const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const { width, height } = picture;
    const context = new OffscreenCanvas(width, height).getContext("2d")!;
    context.drawImage(picture, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    return data.reduce((sum, value, i) => i % 4 < 3 ? sum + value : sum, 0) /
      (255 * 3 * width * height);
  }, png);
}

/** Runs in the page: texts whose contrast is below that of WCAG 2.2, criterion 1.4.3, level AA. */
function findFaint(): Faint {
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true })!;
  type Color = [number, number, number, number];
  const colorOf = (css: string): Color => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = css;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
    return [red!, green!, blue!, alpha! / 255];
  };
  const over = ([r, g, b, alpha]: Color, [r0, g0, b0]: Color): Color =>
    [[r, r0], [g, g0], [b, b0]].map(([top, below]) => alpha * top! + (1 - alpha) * below!)
      .concat(1) as Color;
  const luminance = (color: Color) =>
    [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
      const value = color[i]! / 255;
      return sum + weight * (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    }, 0);
  const groundOf = (element: Element | null): Color => {
    if (element === null) return [255, 255, 255, 1];
    return over(
      colorOf(getComputedStyle(element).backgroundColor),
      groundOf(element.parentElement),
    );
  };
  const faint: string[] = [];
  let texts = 0;
  const look = (element: Element, text: string, pseudo?: string) => {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return;
    if (element.closest("[aria-hidden=true], .unseen, :disabled, option") !== null) return;
    const style = getComputedStyle(element, pseudo);
    let [red, green, blue, alpha] = colorOf(style.color);
    for (let at: Element | null = element; at !== null; at = at.parentElement) {
      alpha *= Number(getComputedStyle(at).opacity);
    }
    if (pseudo !== undefined) alpha *= Number(style.opacity);
    const ground = groundOf(element);
    const [a, b] = [luminance(over([red, green, blue, alpha], ground)), luminance(ground)];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    texts++;
    if (contrast < 4.5) {
      faint.push(`${contrast.toFixed(2)} ${pseudo ?? ""} “${text.trim().slice(0, 40)}”`);
    }
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { textContent, parentElement } = walker.currentNode;
    if (textContent!.trim() !== "") look(parentElement!, textContent!);
  }
  const fields = "textarea, select, input:not([type=checkbox], [type=range], [type=file])";
  for (const field of document.querySelectorAll<HTMLInputElement>(fields)) {
    look(field, field.value || field.id || field.name);
    if (field.placeholder) look(field, field.placeholder, "::placeholder");
  }
  return { faint, texts, ground: luminance(groundOf(document.body)) };
}

/** Every control has a name, and the page the landmarks by which screen readers go. */
export async function isToldByEar(page: Page): Promise<void> {
  const role = "button|checkbox|textbox|slider|combobox|link|switch|spinbutton|img|progressbar";
  for (const dialog of [undefined, "help", "token"]) {
    const shown = dialog === undefined ? page.locator("body") : page.locator(`#${dialog}`);
    const show = (open: boolean) =>
      shown.evaluate((element, open) => {
        if (!(element instanceof HTMLDialogElement)) return;
        if (open) element.showModal();
        else element.close();
      }, open);
    await show(true);
    const lines = (await shown.ariaSnapshot()).split("\n");
    const controls = lines.filter((line) => new RegExp(`^\\s*- (${role})(:|$| )`).test(line));
    assert(controls.length >= (dialog === undefined ? 25 : 2), controls.join("\n"));
    const nameless = controls.filter((line) => !new RegExp(`- (${role}) ["/]`).test(line));
    assertEquals(nameless, []);
    await show(false);
  }
  const told = await page.evaluate(() => ({
    language: document.documentElement.lang,
    title: document.title,
    mains: document.querySelectorAll("main").length,
    heads: document.querySelectorAll("h1").length,
    live: document.querySelector("#announcements")!.getAttribute("aria-live"),
    alert: document.querySelector("#problem")!.getAttribute("role"),
  }));
  assertEquals(told, {
    ...{ language: "en", title: "CoDi", mains: 1, heads: 1, live: "polite", alert: "alert" },
  });
  const spectrogram = page.locator("canvas.spectrogram");
  if (await spectrogram.count() > 0) {
    assertMatch((await spectrogram.first().getAttribute("aria-label"))!, /^Spectrogram of 2\.0 s/);
  }
}
