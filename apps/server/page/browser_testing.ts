/** A real browser for tests of the page. */

import { type Browser, chromium, type Page } from "playwright-core";

/** Where systems put Chromium. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where Chromium is; undefined if it is not installed. */
export function findChromium(): string | undefined {
  return PLACES.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/**
 * Starts Chromium with a microphone that beeps.
 *
 * @param executablePath Where it is.
 * @returns The browser; close it.
 */
export async function openBrowser(executablePath: string): Promise<Browser> {
  return await chromium.launch({
    executablePath,
    args: [
      // Containers that run tests give no namespaces to sandbox with; only our own page is opened.
      "--no-sandbox",
      "--autoplay-policy=user-gesture-required",
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
    ],
  });
}

/** Opens the page and waits until it is ready. */
export async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.waitForSelector("body[data-ready]");
}

/** Sets how many steps are taken. */
export async function setSteps(page: Page, steps: number): Promise<void> {
  const field = page.getByLabel("Steps");
  if (!await field.isVisible()) await page.locator("#settings summary").click();
  await field.fill(String(steps));
}
