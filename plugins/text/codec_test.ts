import { assertEquals, assertRejects } from "@std/assert";
import { text } from "./mod.ts";

const { codec } = text;
const encode = (value: string) => new TextEncoder().encode(value);

Deno.test("the text codec reads back what it writes", async () => {
  for (const sample of ["a guitar", "", "גיטרה 🎸 e\u0301", "two\nlines"]) {
    const bytes = await codec.encode(sample);
    assertEquals(bytes, encode(`${sample}\n`));
    assertEquals(await codec.decode(bytes), sample);
  }
  assertEquals(await codec.decode(encode("\ufeff  a bell\r\n")), "a bell");
  assertEquals(await codec.decode(await codec.encode("\ud800!")), "\ufffd!", "no half characters");
});

Deno.test("the text codec refuses what is not UTF-8 and what is too long, and goes on", async () => {
  for (
    const bytes of [[0xff, 0xfe, 0x61, 0], [0xc3], [0xed, 0xa0, 0x80], [0x89, 0x50, 0x4e, 0x47]]
  ) {
    await assertRejects(
      () => codec.decode(Uint8Array.from(bytes)),
      SyntaxError,
      "Cannot read text: the bytes are not UTF-8",
    );
    assertEquals(await codec.decode(encode("a bell")), "a bell");
  }
  await assertRejects(
    () => codec.decode(new Uint8Array(1_048_577)),
    SyntaxError,
    "Cannot read text: it has 1048577 bytes, at most 1048576 are read",
  );
});
