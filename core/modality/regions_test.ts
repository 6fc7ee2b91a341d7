import { assertEquals, assertThrows } from "@std/assert";
import { pixelBox, timeSpans } from "./mod.ts";

Deno.test("timeSpans() reads whole and broken seconds", () => {
  assertEquals(timeSpans("0-1", 2), [[0, 1]]);
  assertEquals(timeSpans(" 0.25 - 0.5 +1-2", 2), [[0.25, 0.5], [1, 2]]);
});

Deno.test("timeSpans() refuses what is no span within the sample", () => {
  for (const region of ["", "1", "1-1", "1-0.5", "0-2.1", "a-b", "0-1+", "-1-1"]) {
    assertThrows(() => timeSpans(region, 2), SyntaxError, `Cannot read the region "${region}"`);
  }
});

Deno.test("pixelBox() refuses what is no box within the picture", () => {
  assertEquals(pixelBox("1, 2,3,4", 64, 64), { left: 1, top: 2, right: 3, bottom: 4 });
  for (const region of ["", "0,0,1", "0,0,0,1", "0,0,65,1", "2,0,1,1", "0,0,1.5,1", "0,0,1,1,1"]) {
    assertThrows(() => pixelBox(region, 64, 64), SyntaxError, "left,top,right,bottom in pixels");
  }
});
