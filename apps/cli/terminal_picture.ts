/** A way to show pictures on a terminal. */
export type PictureProtocol = "kitty" | "iterm2" | "sixel";

/** The rows of text that a picture is as high as. */
export const PICTURE_ROWS = 4;

/** The height of a picture in pixels, where a terminal counts them. */
const PIXELS = 64;

/**
 * How a terminal shows pictures, by what it says of itself in the environment.
 *
 * @param get Reads a variable of the environment.
 * @returns The protocol, or undefined if none is known of.
 */
export function pictureProtocol(
  get: (name: string) => string | undefined,
): PictureProtocol | undefined {
  const term = get("TERM") ?? "";
  const program = get("TERM_PROGRAM") ?? "";
  // A multiplexer stands between and passes none of this on.
  if (/^(screen|tmux)/.test(term)) return undefined;
  if (get("KITTY_WINDOW_ID") !== undefined || /kitty|ghostty/.test(term)) return "kitty";
  if (program === "ghostty") return "kitty";
  if (program === "iTerm.app" || program === "WezTerm" || program === "vscode") return "iterm2";
  if (/^(foot|mlterm|yaft|contour)/.test(term) || term.includes("sixel")) return "sixel";
  return undefined;
}

/**
 * A picture as a terminal takes it, four rows high; the cursor may end up anywhere.
 *
 * @param protocol How the terminal shows pictures.
 * @param picture The bytes of a picture file.
 * @returns What to write to the terminal.
 */
export async function terminalPicture(
  protocol: PictureProtocol,
  picture: Uint8Array,
): Promise<string> {
  const { default: sharp } = await import("sharp");
  const small = sharp(picture).resize({ height: PIXELS, kernel: "nearest" }).flatten();
  if (protocol === "sixel") {
    const { data, info } = await small.removeAlpha().raw().toBuffer({ resolveWithObject: true });
    return sixel(data, info.width, info.height);
  }
  const png = new Uint8Array(await small.png().toBuffer()).toBase64();
  if (protocol === "iterm2") {
    return `\x1b]1337;File=inline=1;height=${PICTURE_ROWS}:${png}\x07`;
  }
  const chunks = png.match(/.{1,4096}/g) ?? [];
  return chunks.map((chunk, index) => {
    const more = index < chunks.length - 1 ? 1 : 0;
    // One id for all: a new picture takes the place of the one before. q=2 keeps the terminal quiet.
    const keys = index === 0 ? `a=T,f=100,i=1,p=1,C=1,q=2,r=${PICTURE_ROWS},` : "";
    return `\x1b_G${keys}m=${more};${chunk}\x1b\\`;
  }).join("");
}

/** Six levels of red, green and blue. */
const LEVELS = 6;

/** Sixel graphics (DEC, 1984): bands of six rows, each drawn once for every colour in it. */
function sixel(pixels: Uint8Array, width: number, height: number): string {
  const colors = new Uint8Array(width * height);
  for (let i = 0; i < colors.length; i++) {
    for (let channel = 0; channel < 3; channel++) {
      const level = Math.round(pixels[3 * i + channel]! / 255 * (LEVELS - 1));
      colors[i] = colors[i]! * LEVELS + level;
    }
  }
  const percent = (level: number) => Math.round(100 * level / (LEVELS - 1));
  const palette = [...new Set(colors)].map((color) => {
    const [red, green, blue] = [color / LEVELS ** 2, color / LEVELS % LEVELS, color % LEVELS];
    return `#${color};2;${percent(Math.floor(red))};${percent(Math.floor(green))};${percent(blue)}`;
  });
  let text = `\x1bPq"1;1;${width};${height}${palette.join("")}`;
  for (let top = 0; top < height; top += 6) {
    const band = colors.subarray(top * width, (top + 6) * width);
    for (const color of new Set(band)) {
      text += `#${color}`;
      for (let x = 0; x < width; x++) {
        let bits = 0;
        for (let y = 0; y < 6; y++) if (band[y * width + x] === color) bits |= 1 << y;
        text += String.fromCharCode(63 + bits);
      }
      text += "$";
    }
    text += "-";
  }
  return `${text}\x1b\\`;
}
