import { assertEquals, assertRejects } from "@std/assert";
import { type Score, score, SCORE_THINGS } from "./mod.ts";

const { encode, decode } = score.codec;

/** A Standard MIDI File of given tracks. */
function midi(
  tracks: readonly (readonly number[])[],
  { format = tracks.length > 1 ? 1 : 0, division = [1, 0xe0] } = {}, // 480 ticks
): Uint8Array {
  const chunk = (name: string, content: readonly number[]) => {
    const { length } = content;
    return [...new TextEncoder().encode(name), 0, 0, length >> 8, length & 255, ...content];
  };
  const header = [0, format, 0, tracks.length, ...division];
  return Uint8Array.from([
    ...chunk("MThd", header),
    ...tracks.flatMap((track) => chunk("MTrk", track)),
  ]);
}

const END = [0, 0xff, 0x2f, 0];

Deno.test("codec writes and reads the strokes of every thing", async () => {
  for (const { name, programs, kit } of SCORE_THINGS) {
    const pitches = programs.length > 0 ? [0, 60, 127] : [kit[0]!, kit.at(-1)!, kit[0]!];
    const strokes = pitches.map((pitch, i) => ({ slot: [0, 1, 15][i]!, pitch }));
    const bytes = await encode({ thing: name, strokes }, { description: "a räcipe" });
    assertEquals(await decode(bytes), { thing: name, strokes });
  }
});

Deno.test("codec.encode() gives the bytes that RP-001 asks for", async () => {
  const bytes = await encode({ thing: "trumpet", strokes: [{ slot: 4, pitch: 60 }] });
  // deno-fmt-ignore
  assertEquals([...bytes], [
    ...new TextEncoder().encode("MThd"), 0, 0, 0, 6, 0, 0, 0, 1, 1, 0xe0,
    ...new TextEncoder().encode("MTrk"), 0, 0, 0, 36,
    0, 0xff, 3, 7, ...new TextEncoder().encode("trumpet"),
    0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20, // 500 000 µs a quarter
    0, 0xc0, 56,
    0x83, 0x60, 0x90, 60, 96, // 480 ticks: half a second
    0x82, 0x68, 0x80, 60, 0,
    0x88, 0x38, 0xff, 0x2f, 0,
  ]);
});

Deno.test("codec.decode() reads running status, events it has no use for, and chords", async () => {
  const track = [
    ...[0, 0xf0, 2, 1, 0xf7], // system exclusive
    ...[0, 0xb0, 7, 100, 0, 0xe0, 0, 64, 0, 0xd0, 5, 0, 0xa0, 1, 2],
    ...[0, 0xc0, 73],
    ...[0, 0x90, 70, 90, 0, 74, 90, 0x78, 70, 0], // two keys, and one released by velocity 0
    ...[0, 74, 0, 0x78, 72, 1],
    ...END,
  ];
  assertEquals(await decode(midi([track])), {
    thing: "flute",
    strokes: [{ slot: 0, pitch: 74 }, { slot: 2, pitch: 72 }],
  });
});

Deno.test("codec.decode() follows the tempo of another track, and time codes", async () => {
  const slow = [0, 0xff, 0x51, 3, 0x0f, 0x42, 0x40, ...END]; // a second a quarter
  const notes = [0, 0xc0, 40, 0, 0x90, 60, 9, 0x83, 0x60, 62, 9, 0x83, 0x60, 64, 9, ...END];
  const strokes = [{ slot: 0, pitch: 60 }, { slot: 8, pitch: 62 }];
  assertEquals(await decode(midi([slow, notes])), { thing: "violin", strokes });
  const frames = [0, 0xc0, 40, 0, 0x90, 60, 9, 25, 62, 9, ...END];
  const division = [256 - 25, 1]; // 25 frames a second, one tick each
  assertEquals(await decode(midi([frames], { division })), { thing: "violin", strokes });
});

Deno.test("codec.decode() leaves out what begins after two seconds", async () => {
  const track = [0, 0x90, 60, 9, 0x8f, 0, 0x91, 62, 9, ...END]; // 1920 ticks later, on another channel
  assertEquals(await decode(midi([track])), { thing: "piano", strokes: [{ slot: 0, pitch: 60 }] });
});

Deno.test("codec.decode() refuses every cut of a file, and says so", async () => {
  const bytes = await encode({ thing: "drum", strokes: [{ slot: 0, pitch: 38 }] });
  for (let length = 0; length < bytes.length; length++) {
    await assertRejects(
      () => decode(bytes.subarray(0, length)),
      SyntaxError,
      "Cannot read a score: ",
    );
  }
});

Deno.test("codec.decode() refuses what is no score, and says why", async () => {
  const note = [0, 0x90, 60, 9];
  const cases: [Uint8Array, string][] = [
    [new TextEncoder().encode("RIFF, and so on"), "it is no Standard MIDI File"],
    [midi([END]), "no note begins"],
    [midi([[...note, ...END]], { format: 2 }), 'its format is "2"'],
    [midi([[...note, ...END], END], { format: 0 }), "2 tracks in format 0"],
    [midi([[...note, ...END]], { division: [0, 0] }), "0 ticks"],
    [midi([[...note, ...END]], { division: [0xc0, 1] }), "time code of 64 frames"],
    [midi([[0, 60, 9, ...END]]), "track 1 has data before any status byte"],
    [midi([[0, 0x90, 60, 0x91, ...END]]), "among data"],
    [midi([[0, 0xf3, 0, ...END]]), "status byte 243"],
    [midi([[0xff, 0xff, 0xff, 0xff, 0, 0x90, 60, 9, ...END]]), "longer than four bytes"],
    [midi([[0, 0xff, 0x51, 3, 0, 0, 0, ...note, ...END]]), "a tempo is 0"],
    [midi([[0, 0xc0, 33, ...note, ...END]]), "program 33 of General MIDI"],
    [midi([[0, 0x99, 20, 9, ...END]]), "key 20 of the drum kit"],
    [midi([[...note, 0, 0x99, 38, 9, ...END]]), '"piano" and "drum" play in it'],
    [new Uint8Array(1_000_001), "above 1000000"],
  ];
  for (const [bytes, reason] of cases) {
    await assertRejects(() => decode(bytes), SyntaxError, reason);
  }
});

Deno.test("codec.encode() refuses what is no score, and says why", async () => {
  const cases: [Score, string][] = [
    [
      { thing: "kazoo", strokes: [{ slot: 0, pitch: 60 }] },
      'its thing "kazoo" is not one of piano',
    ],
    [{ thing: "piano", strokes: [] }, "no stroke"],
    [{ thing: "piano", strokes: [{ slot: 16, pitch: 60 }] }, 'and "16" follows "-1"'],
    [
      { thing: "piano", strokes: [{ slot: 3, pitch: 60 }, { slot: 3, pitch: 62 }] },
      '"3" follows "3"',
    ],
    [{ thing: "piano", strokes: [{ slot: 0, pitch: 128 }] }, 'pitch "128"'],
    [{ thing: "maracas", strokes: [{ slot: 0, pitch: 60 }] }, 'the key "60" is no "maracas"'],
  ];
  for (const [value, reason] of cases) {
    await assertRejects(() => encode(value), RangeError, reason);
  }
});
