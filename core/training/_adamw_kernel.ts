/** The inner loop of AdamW as a WebAssembly module, four numbers at a time. */

const I32 = 0x7f;
const F32 = 0x7d;
const V128 = 0x7b;

/** LEB128, as all whole numbers of the format are written. */
function leb(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length), ...content];
}

const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const simd = (code: number, ...rest: number[]): number[] => [0xfd, ...leb(code), ...rest];
const load = (pointer: number): number[] => [...get(pointer), ...simd(0x00, 2, 0)];
const store = (pointer: number, value: number[]): number[] => [
  ...get(pointer),
  ...value,
  ...simd(0x0b, 2, 0),
];
const splat = (local: number): number[] => [...get(local), ...simd(0x13)];
const sqrt = (x: number[]): number[] => [...x, ...simd(0xe3)];
const add = (a: number[], b: number[]): number[] => [...a, ...b, ...simd(0xe4)];
const sub = (a: number[], b: number[]): number[] => [...a, ...b, ...simd(0xe5)];
const mul = (a: number[], b: number[]): number[] => [...a, ...b, ...simd(0xe6)];
const div = (a: number[], b: number[]): number[] => [...a, ...b, ...simd(0xe7)];

/**
 * Moves a run of parameters by one step; pointers are byte addresses, the run ends before `end` and is
 * a multiple of 16 bytes long.
 */
export type AdamWKernel = (
  parameters: number,
  first: number,
  second: number,
  average: number,
  gradients: number,
  end: number,
  beta1: number,
  keep1: number,
  beta2: number,
  keep2: number,
  gradientScale: number,
  shrink: number,
  rate: number,
  offset: number,
  keepAverage: number,
) => void;

/** The module's bytes: imports a memory, exports `step`. */
function moduleBytes(pages: number): Uint8Array<ArrayBuffer> {
  // Parameters in the order of AdamWKernel, then the numbers at work.
  const [parameters, first, second, average, gradients, end] = [0, 1, 2, 3, 4, 5] as const;
  const [beta1, keep1, beta2, keep2, gradientScale, shrink, rate, offset, keepAverage] = //
    [6, 7, 8, 9, 10, 11, 12, 13, 14] as const;
  const [g, m, v, value, mean] = [15, 16, 17, 18, 19] as const;
  const body = [
    ...[0x03, 0x40], // loop
    ...mul(load(gradients), splat(gradientScale)),
    ...set(g),
    ...add(mul(splat(beta1), load(first)), mul(splat(keep1), get(g))),
    ...set(m),
    ...store(first, get(m)),
    ...add(mul(splat(beta2), load(second)), mul(mul(splat(keep2), get(g)), get(g))),
    ...set(v),
    ...store(second, get(v)),
    ...sub(
      mul(splat(shrink), load(parameters)),
      div(mul(splat(rate), get(m)), add(sqrt(get(v)), splat(offset))),
    ),
    ...set(value),
    ...store(parameters, get(value)),
    ...load(average),
    ...set(mean),
    ...store(average, add(get(mean), mul(splat(keepAverage), sub(get(value), get(mean))))),
    ...[parameters, first, second, average, gradients].flatMap((pointer) => [
      ...get(pointer),
      ...[0x41, 16, 0x6a], // i32.const 16, i32.add
      ...set(pointer),
    ]),
    ...get(parameters),
    ...get(end),
    ...[0x49, 0x0d, 0], // i32.lt_u, br_if 0
    0x0b, // end of the loop
    0x0b, // end of the function
  ];
  const code = [1, 5, V128, ...body]; // five locals
  const types = [...Array(6).fill(I32), ...Array(9).fill(F32)];
  const name = (text: string) => [text.length, ...new TextEncoder().encode(text)];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, types.length, ...types, 0]),
    ...section(2, [1, ...name("core"), ...name("memory"), 2, 0, ...leb(pages)]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name("step"), 0, 0]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ]);
}

/** Compiles the kernel over a memory of its own. */
export function openAdamWKernel(pages: number): { memory: WebAssembly.Memory; step: AdamWKernel } {
  const memory = new WebAssembly.Memory({ initial: pages });
  const module = new WebAssembly.Module(moduleBytes(pages));
  const { exports } = new WebAssembly.Instance(module, { core: { memory } });
  return { memory, step: exports["step"] as AdamWKernel };
}
