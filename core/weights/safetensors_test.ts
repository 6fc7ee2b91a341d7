import { assert, assertEquals, assertThrows } from "@std/assert";
import { random } from "../random/mod.ts";
import { tensor } from "../tensor/mod.ts";
import { decodeSafetensors, encodeSafetensors } from "./mod.ts";

const text = new TextEncoder();

/** A file from its header and the bytes that follow it, right or wrong. */
function file(header: string | Uint8Array, data: Uint8Array = new Uint8Array()): Uint8Array {
  const head = typeof header === "string" ? text.encode(header) : header;
  const bytes = new Uint8Array(8 + head.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  bytes.set(data, 8 + head.length);
  return bytes;
}

/** A header's entry for a tensor `x`. */
function entry(dtype: string, shape: string, offsets: string): string {
  return `{"x":{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}}`;
}

Deno.test("encodeSafetensors() gives the golden bytes", () => {
  const bytes = encodeSafetensors({
    b: tensor([], new Float32Array([-2])),
    a: tensor([2], new Float32Array([1, 0.5])),
  }, { metadata: { k: "v" } });
  // Worked out by hand from the format's description: a header of 132 characters and four spaces;
  // 1 is 3f800000, 0.5 is 3f000000 and -2 is c0000000, lowest byte first.
  const header = '{"__metadata__":{"k":"v"},' +
    '"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},' +
    '"b":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}';
  const padded = header + " ".repeat(136 - header.length);
  assertEquals(padded.length, 136);
  assertEquals([...bytes], [
    ...[136, 0, 0, 0, 0, 0, 0, 0],
    ...text.encode(padded),
    ...[0, 0, 0x80, 0x3f, 0, 0, 0, 0x3f, 0, 0, 0, 0xc0],
  ]);
});

Deno.test("encodeSafetensors() gives the same bytes when the order of names differs", () => {
  const a = tensor([1], new Float32Array([1]));
  const b = tensor([1], new Float32Array([2]));
  assertEquals(
    encodeSafetensors({ a, b }, { metadata: { x: "1", y: "2" } }),
    encodeSafetensors({ b, a }, { metadata: { y: "2", x: "1" } }),
  );
});

Deno.test("decodeSafetensors() gives back what was written", () => {
  const source = random(1, "round trip");
  const tensors = {
    scalar: tensor([], new Float32Array([-0])),
    empty: tensor([3, 0, 2]),
    'unet/mid.0/ünder \u{1f3b8} "quoted"': tensor([4, 5], source.fillNormal(new Float32Array(20))),
    ["__proto__"]: tensor([1], new Float32Array([NaN])),
    extremes: tensor([4], new Float32Array([Infinity, -Infinity, 3.4028234663852886e38, 1e-45])),
  };
  const metadata = { format: "pt", "ключ": "значение" };
  const decoded = decodeSafetensors(encodeSafetensors(tensors, { metadata }));
  assertEquals(Object.keys(decoded.tensors).sort(), Object.keys(tensors).sort());
  for (const [name, { shape, data }] of Object.entries(decoded.tensors)) {
    const written = Object.entries(tensors).find(([other]) => other === name)![1];
    assertEquals(shape, written.shape);
    assertEquals(new Uint8Array(data.buffer), new Uint8Array(written.data.buffer));
  }
  assertEquals(decoded.metadata, metadata);
  assertEquals(decoded.dtypes["scalar"], "F32");
});

Deno.test("decodeSafetensors() reads a file without tensors", () => {
  assertEquals(decodeSafetensors(encodeSafetensors({})).tensors, {});
  assertEquals(decodeSafetensors(file("{}")).metadata, {});
});

Deno.test("decodeSafetensors() reads bytes inside a larger buffer, at odd positions", () => {
  const inner = file(entry("F32", "[1]", "[0,4]"), new Uint8Array([0, 0, 0x80, 0x3f]));
  const outer = new Uint8Array(inner.length + 10);
  outer.set(inner, 3);
  const { tensors } = decodeSafetensors(outer.subarray(3, 3 + inner.length));
  assertEquals(tensors["x"]?.data, new Float32Array([1]));
});

Deno.test("encodeSafetensors() rounds to the nearest float16, ties to even", () => {
  const rows: [number, number][] = [
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [0.1, 0x2e66],
    [-2, 0xc000],
    [1 + 2 ** -11, 0x3c00], // half way: down to even
    [1 + 2 ** -11 + 2 ** -20, 0x3c01],
    [1 + 3 * 2 ** -11, 0x3c02], // half way: up to even
    [2047.5, 0x67ff + 1], // half way: up into the next power of two
    [65504, 0x7bff], // the largest
    [65519.99609375, 0x7bff], // the largest float32 that rounds to it
    [Infinity, 0x7c00],
    [-Infinity, 0xfc00],
    [2 ** -14, 0x0400], // the smallest normal one
    [1023 * 2 ** -24, 0x03ff], // the largest subnormal one
    [1023.75 * 2 ** -24, 0x0400],
    [2 ** -24, 0x0001], // the smallest
    [2 ** -25, 0x0000], // half way: down to even
    [-(2 ** -25), 0x8000],
    [2 ** -25 * (1 + 2 ** -23), 0x0001],
    [3 * 2 ** -25, 0x0002], // half way: up to even
    [1e-45, 0x0000],
  ];
  const values = new Float32Array(rows.map(([value]) => value));
  const bytes = encodeSafetensors({ x: tensor([rows.length], values) }, { dtype: "float16" });
  const halves = new Uint16Array(bytes.buffer.slice(bytes.length - 2 * rows.length));
  rows.forEach(([value, half], i) => assertEquals(halves[i], half, `of ${value}`));
});

Deno.test("decodeSafetensors() reads every float16 and writes it back unchanged", () => {
  const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const bytes = file(entry("F16", "[65536]", "[0,131072]"), new Uint8Array(halves.buffer));
  const { tensors, dtypes } = decodeSafetensors(bytes);
  assertEquals(dtypes, { x: "F16" });
  const { data } = tensors["x"]!;
  for (let i = 0; i < 65536; i++) {
    const sign = i & 0x8000 ? -1 : 1;
    const exponent = (i >> 10) & 31;
    const fraction = i & 1023;
    const expected = exponent === 31
      ? (fraction === 0 ? sign * Infinity : NaN)
      : exponent === 0
      ? sign * fraction * 2 ** -24
      : sign * (1024 + fraction) * 2 ** (exponent - 25);
    if (!Object.is(data[i], expected)) assertEquals(data[i], expected, `of ${i.toString(16)}`);
  }
  const again = encodeSafetensors({ x: tensors["x"]! }, { dtype: "float16" });
  const written = new Uint16Array(again.buffer.slice(again.length - 131072));
  for (let i = 0; i < 65536; i++) {
    if (Number.isNaN(data[i])) assert((written[i]! & 0x7c00) === 0x7c00 && (written[i]! & 1023));
    else if (written[i] !== i) assertEquals(written[i], i);
  }
});

Deno.test("decodeSafetensors() reads BF16, F64 and small I64", () => {
  const read = (dtype: string, data: ArrayBuffer, count: number) =>
    decodeSafetensors(
      file(entry(dtype, `[${count}]`, `[0,${data.byteLength}]`), new Uint8Array(data)),
    )
      .tensors["x"]!.data;
  assertEquals(
    read("BF16", new Uint16Array([0x3f80, 0xc000]).buffer, 2),
    new Float32Array([1, -2]),
  );
  assertEquals(read("F64", new Float64Array([0.1]).buffer, 1), new Float32Array([0.1]));
  assertEquals(
    read("I64", new BigInt64Array([-3n, 1n << 24n]).buffer, 2),
    new Float32Array([-3, 16777216]),
  );
  assertThrows(
    () => read("I64", new BigInt64Array([(1n << 24n) + 1n]).buffer, 1),
    SyntaxError,
    'tensor "x": its integer 16777217 at index 0 does not fit a float32',
  );
});

Deno.test("encodeSafetensors() refuses what the format cannot hold", () => {
  // Half of a surrogate pair, not written as a literal: collecting coverage fails on such sources.
  const lone = String.fromCharCode(0xd800);
  const one = tensor([1], new Float32Array([1]));
  const refused: [() => unknown, string][] = [
    [
      () => encodeSafetensors({ x: { shape: [2], data: one.data } }),
      'tensor "x" of shape [2]: it has 1',
    ],
    [() => encodeSafetensors({ x: { shape: [-1, -1], data: one.data } }), "[-1,-1]"],
    [() => encodeSafetensors({ __metadata__: one }), "reserved"],
    [() => encodeSafetensors({ [lone]: one }), "well-formed"],
    [() => encodeSafetensors({}, { metadata: { a: lone } }), "well-formed"],
    [
      () => encodeSafetensors({ x: tensor([1], new Float32Array([-65520])) }, { dtype: "float16" }),
      'tensor "x" as float16: its value -65520 at index 0 is too large',
    ],
  ];
  for (const [attempt, message] of refused) assertThrows(attempt, RangeError, message);
});

Deno.test("decodeSafetensors() names the fault when a file breaks the format", () => {
  const four = new Uint8Array(4);
  const pair = (a: string, b: string) =>
    `{"a":{"dtype":"F32","shape":[1],"data_offsets":${a}},` +
    `"b":{"dtype":"F32","shape":[1],"data_offsets":${b}}}`;
  const long = new Uint8Array(8);
  new DataView(long.buffer).setBigUint64(0, 25_000_001n, true);
  const huge = new Uint8Array(8).fill(255);
  const cases: [Uint8Array, string][] = [
    [new Uint8Array(7), "7 bytes, fewer than 8"],
    [long, "header of 25000001 bytes is longer than 25000000"],
    [huge, "header of 18446744073709551615 bytes"],
    [file("{}").subarray(0, 9), "should end at byte 10, but the file has 9"],
    [file(""), 'does not begin with "{"'],
    [file(" {}"), 'does not begin with "{"'],
    [file("\ufeff{}"), 'does not begin with "{"'],
    [file(new Uint8Array([0x7b, 0x22, 0xff, 0x22])), "not valid UTF-8"],
    [file("{"), "expected a string at character 1, found the end"],
    [file("{} x"), 'expected the end at character 3, found "x"'],
    [file('{"a":1,}'), "expected a string"],
    [file('{"a" 1}'), 'expected ":"'],
    [file('{"a":[1'), 'expected "," or "]"'],
    [file('{"a":01}'), "expected a value"],
    [file('{"a":[[[[[[[['), "nested deeper than 4"],
    [file('{"\\ud800":1}'), "not well-formed Unicode"],
    [file('{"\t":1}'), "not valid JSON"],
    [file('{"a":1,"\\u0061":2}'), 'the key "a" appears twice'],
    [file('{"x":{"dtype":"F32","dtype":"F16"}}'), 'the key "dtype" appears twice'],
    [file('{"__metadata__":[]}'), '"__metadata__" is not an object'],
    [file('{"__metadata__":{"a":1}}'), 'has no text under "a"'],
    [file('{"x":3}'), 'tensor "x" is not described by an object'],
    [file('{"x":{"shape":[],"data_offsets":[0,4]}}', four), 'tensor "x" has no dtype'],
    [file('{"x":{"type":"F32"}}', four), 'tensor "x" has the unknown field "type"'],
    [file(entry("F8_E4M3", "[4]", "[0,4]"), four), '"x" has dtype "F8_E4M3", which is none of F32'],
    [file(entry("toString", "[4]", "[0,4]"), four), '"x" has dtype "toString"'],
    [file(entry("F32", "[-1]", "[0,4]"), four), '"x" has a shape that is not'],
    [file(entry("F32", "[1.5]", "[0,4]"), four), '"x" has a shape that is not'],
    [file(entry("F32", '"1"', "[0,4]"), four), '"x" has a shape that is not'],
    [file(entry("F32", "[1]", "[0,4,8]"), four), '"x" has data_offsets that are not'],
    [file(entry("F32", "[1]", "[4,0]"), four), '"x" has data_offsets [4, 0]'],
    [file(entry("F32", "[2]", "[0,8]"), four), "[0, 8], but the file holds 0 to 4"],
    [file(entry("F32", "[2]", "[0,4]"), four), "takes 8 bytes, but its data_offsets [0, 4] span 4"],
    [
      file(entry("F32", "[4294967296,4294967296,1073741825]", "[0,4]"), four),
      '"x" of shape [4294967296,4294967296,1073741825]',
    ],
    [file(pair("[0,4]", "[0,4]"), four), '"b" with data_offsets [0, 4] overlaps'],
    [
      file(pair("[0,4]", "[8,12]"), new Uint8Array(12)),
      '"b" with data_offsets [8, 12] leaves a hole',
    ],
    [file(pair("[0,4]", "[4,8]"), new Uint8Array(9)), "tensors end at 8, but 9 bytes follow"],
    [file("{}", four), "tensors end at 0, but 4 bytes follow"],
  ];
  for (const [bytes, message] of cases) {
    assertThrows(() => decodeSafetensors(bytes), SyntaxError, message);
  }
});

Deno.test("decodeSafetensors() decodes or throws a SyntaxError when a file is damaged", () => {
  const source = random(2, "damage");
  const valid = encodeSafetensors({
    "in/weight": tensor([2, 3], source.fillNormal(new Float32Array(6))),
    "in/bias": tensor([3], source.fillNormal(new Float32Array(3))),
    empty: tensor([0]),
  }, { metadata: { step: "7" } });
  const headerEnd = valid.length - 36;
  const pieces = ['"', "{", "}", "[", "]", ",", ":", "9", "-", "e", "\\", "\\u", "\u0000", "é"];
  let decoded = 0;
  let refused = 0;
  for (let trial = 0; trial < 6000; trial++) {
    const kind = source.integer(5);
    let bytes = valid.slice();
    if (kind === 0) {
      bytes = bytes.slice(0, source.integer(bytes.length));
    } else if (kind === 1) {
      const piece = text.encode(source.choice(pieces));
      bytes.set(piece, 8 + source.integer(headerEnd - 8 - piece.length));
    } else if (kind === 2) { // a piece of the header repeated, with the header's length put right
      const from = 8 + source.integer(headerEnd - 8);
      const to = from + source.integer(headerEnd - from);
      bytes = file(
        new Uint8Array([...valid.subarray(8, to), ...valid.subarray(from, headerEnd)]),
        valid.subarray(headerEnd),
      ).slice();
    } else {
      const flips = 1 + source.integer(3);
      for (let i = 0; i < flips; i++) {
        const at = source.integer(kind === 3 ? headerEnd : bytes.length);
        bytes[at]! ^= 1 << source.integer(8);
      }
    }
    try {
      const { tensors } = decodeSafetensors(bytes);
      const values = Object.values(tensors).reduce((sum, { data }) => sum + data.length, 0);
      assert(values <= bytes.length);
      decoded++;
    } catch (error) {
      assert(error instanceof SyntaxError, `trial ${trial}: ${error}`);
      refused++;
    }
  }
  // Both ends are reached, so the damage is neither all fatal nor all harmless.
  assert(decoded > 300 && refused > 3000, `${decoded} decoded, ${refused} refused`);
});
