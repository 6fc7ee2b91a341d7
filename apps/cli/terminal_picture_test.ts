// deno-lint-ignore-file no-control-regex -- terminals are controlled by them
import { assertEquals } from "@std/assert";
import sharp from "sharp";
import { pictureProtocol, terminalPicture } from "./terminal_picture.ts";

Deno.test("pictureProtocol() knows terminals by their environment, and no multiplexer", () => {
  const of = (env: Record<string, string>) => pictureProtocol((name) => env[name]);
  assertEquals(of({ TERM: "xterm-kitty" }), "kitty");
  assertEquals(of({ TERM: "xterm-256color", KITTY_WINDOW_ID: "1" }), "kitty");
  assertEquals(of({ TERM: "xterm-256color", TERM_PROGRAM: "iTerm.app" }), "iterm2");
  assertEquals(of({ TERM: "foot" }), "sixel");
  assertEquals(of({ TERM: "xterm-256color" }), undefined);
  assertEquals(of({ TERM: "screen-256color", KITTY_WINDOW_ID: "1" }), undefined);
  assertEquals(of({}), undefined);
});

Deno.test("terminalPicture() gives sixels that hold the picture", async () => {
  const pixels = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => {
    const [x, y, channel] = [Math.floor(i / 3) % 64, Math.floor(i / 192), i % 3];
    return channel === 0 ? (x < 32 ? 255 : 0) : channel === 1 ? (y < 10 ? 255 : 0) : 51;
  });
  const picture = await sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } }).png()
    .toBuffer();
  const text = await terminalPicture("sixel", picture);
  const [, body] = /^\x1bPq"1;1;64;64(.*)\x1b\\$/s.exec(text)!;
  const palette = new Map<string, number[]>();
  const seen = new Uint8Array(64 * 64 * 3);
  const drawing = body!.replaceAll(/#(\d+);2;(\d+);(\d+);(\d+)/g, (_, color, ...levels) => {
    palette.set(color, levels.slice(0, 3).map((level) => Math.round(Number(level) * 2.55)));
    return "";
  });
  drawing.split("-").forEach((band, row) => {
    for (const [, color, sixels] of band.matchAll(/#(\d+)([^#$]*)\$/g)) {
      [...sixels!].forEach((letter, x) => {
        for (let y = 0; y < 6; y++) {
          if ((letter.charCodeAt(0) - 63) >> y & 1) {
            seen.set(palette.get(color!)!, 3 * ((6 * row + y) * 64 + x));
          }
        }
      });
    }
  });
  assertEquals(seen, pixels);
});

Deno.test("terminalPicture() cuts what kitty takes into pieces that it joins", async () => {
  const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 7) % 251);
  const raw = { width: 64, height: 64, channels: 3 } as const;
  const text = await terminalPicture("kitty", await sharp(noise, { raw }).png().toBuffer());
  const pieces = [...text.matchAll(/\x1b_G([^;]*);([^\x1b]*)\x1b\\/g)];
  assertEquals(pieces.map(([whole]) => whole).join(""), text);
  assertEquals(
    pieces.map(([, keys]) => /m=(\d)$/.exec(keys!)![1]).join(""),
    "1".repeat(pieces.length - 1) + "0",
  );
  const png = Uint8Array.fromBase64(pieces.map(([, , data]) => data).join(""));
  assertEquals(new Uint8Array(await sharp(png).raw().toBuffer()), noise);
});
