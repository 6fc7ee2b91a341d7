import sharp from "sharp";
import { tensor } from "@codi/core/tensor";
import { assertEquals, assertRejects } from "@std/assert";
import { contactSheet } from "./contact_sheet.ts";

Deno.test("contactSheet() puts every picture in its place", async () => {
  const entries = [-1, 0, 1].map((value) => ({
    picture: tensor([3, 8, 8], new Float32Array(192).fill(value)),
    caption: `a <${value}> & more`,
  }));
  const png = await contactSheet(entries, { columns: 2, scale: 3 });
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => data[info.channels * (y * info.width + x)];
  const cellHeight = (info.height - 8) / 2;
  assertEquals(info.width, 2 * (24 + 8) + 8);
  assertEquals([at(20, 20), at(52, 20), at(20, 20 + cellHeight), at(2, 2)], [0, 128, 255, 255]);
});

Deno.test("contactSheet() throws when there is nothing to show or the sizes differ", async () => {
  await assertRejects(() => contactSheet([]), RangeError);
  const of = (side: number) => ({ picture: tensor([3, side, side]), caption: "" });
  await assertRejects(() => contactSheet([of(8), of(16)]), RangeError);
});
