import { assert, assertEquals } from "@std/assert";
import { durationText, progressLine, progressText } from "./progress_line.ts";

Deno.test("progressLine() tells the time left by the pace so far, and wipes what it wrote", () => {
  let [time, written] = [0, ""];
  const options = {
    label: "image",
    report: (text: string) => void (written += text),
    columns: 60,
    now: () => time,
  };
  {
    using line = progressLine(options);
    line.show(0, 24);
    assert(!written.includes("left"), "nothing is known yet");
    time = 5000;
    line.show(6, 24);
    assert(written.endsWith("6/24  15 s left"), written);
    time = 30_000;
    line.show(12, 24);
    assert(written.endsWith("12/24  30 s left"), written);
  }
  assert(written.endsWith("\r\x1b[K"));
  written = "";
  {
    using line = progressLine({ ...options, columns: undefined as number | undefined });
    line.show(1, 2);
  }
  assertEquals(written, "", "nobody looks");
});

Deno.test("progressText() fills a bar by what is done, and is never wider than the terminal", () => {
  const state = { label: "image", done: 12, total: 24, secondsLeft: 3 };
  const wide = progressText({ ...state, columns: 80 });
  assertEquals(wide, `image  ${"█".repeat(15)}${"░".repeat(15)}  12/24  3 s left`);
  for (let columns = 1; columns < 60; columns++) {
    assert(progressText({ ...state, columns }).length < columns, `${columns}`);
  }
  assertEquals(progressText({ ...state, columns: 25 }), "image  12/24  3 s left");
});

Deno.test("durationText() takes the unit that people would", () => {
  const texts = [0, 8.4, 99, 100, 1800, 5940, 6000, 9000].map(durationText);
  assertEquals(texts, [
    "0 s",
    "8 s",
    "99 s",
    "2 min",
    "30 min",
    "99 min",
    "1 h 40 min",
    "2 h 30 min",
  ]);
});
