/**
 * Measures the graph engine: for each workload milliseconds, GFLOP/s and the share of a 1024³ MatMul in
 * the same run. All workloads take turns, and every figure is a median, so that what else the machine
 * does meets them all. `deno task bench --help` lists the options.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "node:util";
import {
  attention,
  buildProgram,
  conv2d,
  countFlops,
  gradients,
  groupNorm,
  input,
  matmul,
  mse,
  mul,
  type Program,
  sum,
  transpose,
  type Value,
} from "@codi/core/graph";
import { Scope, unet } from "@codi/core/nn";
import { random } from "@codi/core/random";
import { type Feed, openDevice } from "@codi/core/runtime";
import { tensor } from "@codi/core/tensor";
import { openTrainer } from "@codi/core/training";
import { IMAGE_CONFIG } from "@codi/image/training";
import ort from "onnxruntime-node";

const { values: options } = parseArgs({
  options: {
    help: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    rounds: { type: "string", default: "7" },
    threads: { type: "string" },
  },
});
if (options.help) {
  console.log(`Usage: deno task bench [options]
  --only TEXT    measure the workloads whose name holds TEXT
  --rounds N     how often every workload has its turn (7)
  --threads N    threads of an operator (the number of cores)
  --json         print one JSON object per workload

Example:
  deno task bench --only "image UNet" --threads 1`);
  Deno.exit(0);
}
const session = options.threads === undefined ? {} : { threads: Number(options.threads) };

/** Something to measure, opened. */
interface Running {
  /** Runs it once. */
  run(): Promise<unknown>;
  close(): Promise<unknown>;
}

/** Something to measure. */
interface Workload {
  readonly name: string;
  /** Floating-point operations of one run; 0 where they do not tell anything. */
  readonly flops: number;
  open(): Promise<Running>;
}

function draw(shape: readonly number[]) {
  const count = shape.reduce((total, length) => total * length, 1);
  return tensor(shape, random("bench", count).fillNormal(new Float32Array(count)));
}

/** Values computed on their own, in a session of this thread that writes into the same memory every time. */
function operator(
  name: string,
  outputs: Record<string, Value>,
  batchInnermost = false,
): Workload {
  const open = async (): Promise<Running> => {
    const program = buildProgram(outputs, { batchInnermost });
    const toOrt = ({ shape, data }: ReturnType<typeof tensor>) =>
      new ort.Tensor("float32", data, shape);
    const { inputs, parameters } = program;
    const feeds = Object.fromEntries(
      Object.entries({ ...inputs, ...parameters }).map((
        [key, { shape }],
      ) => [key, toOrt(draw(shape))]),
    );
    const fetches = Object.fromEntries(
      Object.entries(program.outputs).map((
        [key, { shape }],
      ) => [`${key}:0`, toOrt(tensor(shape))]),
    );
    const running = await ort.InferenceSession.create(program.model, {
      logSeverityLevel: 3,
      ...(session.threads === undefined ? {} : { intraOpNumThreads: session.threads }),
    });
    return { run: () => running.run(feeds, fetches), close: () => running.release() };
  };
  return { name, flops: countFlops(Object.values(outputs)), open };
}

/** A rank-4 value that lies in memory as the layout has it, so that no transpose is measured. */
function stored(name: string, shape: readonly number[], innermost: boolean): Value {
  const [batch, ...map] = shape as [number, number, number, number];
  return innermost ? transpose(input(name, [...map, batch]), [3, 0, 1, 2]) : input(name, shape);
}

function restored(value: Value, innermost: boolean): Value {
  return innermost ? transpose(value, [1, 2, 3, 0]) : value;
}

/** A convolution forward and both of its gradients, in the layouts it can be computed in. */
function convolutions(batch: number, channels: number, side: number, kernel = 3): Workload[] {
  const shape = [batch, channels, side, side];
  const size = `${kernel}×${kernel} n${batch} ${channels}→${channels} @${side}²`;
  // Maps above 8×8 and single samples are always computed as written.
  const layouts = batch > 1 && side <= 8 ? [false, true] : [false];
  return layouts.flatMap((innermost) => {
    const x = stored("x", shape, innermost);
    const dy = stored("dy", shape, innermost);
    const weight = input("weight", [channels, channels, kernel, kernel]);
    const y = conv2d(x, weight, { padding: kernel >> 1 });
    const [dx, dWeight] = gradients(sum(mul(y, dy)), [x, weight]) as [Value, Value];
    const layout = innermost ? "chwn" : "nchw";
    return [
      operator(`conv ${size} ${layout} forward`, { y: restored(y, innermost) }, innermost),
      operator(`conv ${size} ${layout} d input`, { dx: restored(dx, innermost) }, innermost),
      operator(`conv ${size} ${layout} d weight`, { dWeight }, innermost),
    ];
  });
}

function groupNorms(batch: number, channels: number, side: number): Workload[] {
  const shape = [batch, channels, side, side];
  return [false, true].flatMap((innermost) => {
    const x = stored("x", shape, innermost);
    const dy = stored("dy", shape, innermost);
    const [scale, shift] = [input("scale", [channels]), input("shift", [channels])];
    const y = groupNorm(x, channels / 8, scale, shift);
    const [dx, dScale, dShift] = gradients(sum(mul(y, dy)), [x, scale, shift]) as Value[];
    const name = `group norm n${batch} ${channels} @${side}² ${innermost ? "chwn" : "nchw"}`;
    const both = { y: restored(y, innermost), dx: restored(dx!, innermost) };
    return [
      operator(`${name} forward`, { y: both.y }, innermost),
      operator(
        `${name} forward + gradients`,
        { ...both, dScale: dScale!, dShift: dShift! },
        innermost,
      ),
    ];
  });
}

function attentions(batch: number, queries: number, keys: number, width: number): Workload[] {
  const q = input("q", [batch, queries, width]);
  const [k, v] = [input("k", [batch, keys, width]), input("v", [batch, keys, width])];
  const y = attention(q, k, v, { heads: 4 });
  const [dq, dk, dv] = gradients(sum(mul(y, input("dy", y.shape))), [q, k, v]) as Value[];
  const name = `attention n${batch} ${queries}·${keys} tokens of ${width}`;
  return [
    operator(`${name} forward`, { y }),
    operator(`${name} forward + gradients`, { y, dq: dq!, dk: dk!, dv: dv! }),
  ];
}

const scope = new Scope();

function traceUnet(batch: number): { y: Value; feeds: Record<string, Feed> } {
  const shapes = { z: [batch, 4, 16, 16], timestep: [batch], condition: [batch, 256] };
  const y = unet(scope, {
    z: input("z", shapes.z),
    timestep: input("timestep", shapes.timestep),
    condition: input("condition", shapes.condition),
  }, IMAGE_CONFIG.unet);
  const feeds = Object.entries(shapes).map(([name, shape]) => [name, draw(shape)] as const);
  return { y, feeds: Object.fromEntries(feeds) };
}

/** A step as the trainer takes it: loss, all gradients and AdamW, in its Worker. */
function trainingStep(batch: number): Workload {
  const { y, feeds } = traceUnet(batch);
  const loss = mse(y, input("target", y.shape));
  const flops = countFlops([loss, ...gradients(loss, Object.values(scope.parameters()))]);
  const open = async (): Promise<Running> => {
    const trainer = await openTrainer(scope, { loss }, { steps: 1000 }, { session });
    const all = { ...feeds, target: draw(y.shape) };
    return { run: () => trainer.advance(all), close: () => trainer.close() };
  };
  return { name: `image UNet training step n${batch}`, flops, open };
}

/** A denoising step as samplers take it: constant weights, in a device's Worker. */
function inferenceStep(batch: number): Workload {
  const { y, feeds } = traceUnet(batch);
  const open = async (): Promise<Running> => {
    const device = openDevice(session);
    const program: Program = buildProgram({ y }, { weights: scope.initialWeights(0) });
    const executable = await device.load(program);
    return { run: () => executable.run(feeds), close: () => device.close() };
  };
  return { name: `image UNet inference step n${batch}`, flops: countFlops([y]), open };
}

const reference = operator("MatMul 1024³", {
  y: matmul(input("a", [1024, 1024]), input("b", [1024, 1024])),
});
const workloads = [
  ...convolutions(64, 128, 8),
  ...convolutions(64, 144, 4),
  ...convolutions(32, 96, 16),
  ...convolutions(16, 32, 32),
  ...convolutions(8, 128, 8),
  ...convolutions(1, 128, 8),
  ...convolutions(64, 128, 8, 1),
  ...groupNorms(64, 128, 8),
  ...groupNorms(32, 96, 16),
  ...attentions(64, 16, 16, 144),
  ...attentions(64, 16, 4, 144),
  ...attentions(8, 256, 256, 96),
  trainingStep(64),
  ...[1, 2, 8].map(inferenceStep),
].filter(({ name }) => name.includes(options.only));

/** Runs for about a tenth of a second, at least once, and notes what each run took. */
async function turn({ run }: Running, times: number[]): Promise<void> {
  await run(); // wakes its threads up
  let spent = 0;
  do {
    const start = performance.now();
    await run();
    const time = performance.now() - start;
    times.push(time);
    spent += time;
  } while (spent < 100);
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const opened = await Promise.all(
  [reference, ...workloads].map(async (workload) => ({
    ...workload,
    running: await workload.open(),
    times: [] as number[],
  })),
);
const rounds = Number(options.rounds);
for (let round = 0; round < rounds; round++) {
  for (const { running, times } of opened) await turn(running, times);
  if (Deno.stderr.isTerminal()) {
    Deno.stderr.writeSync(new TextEncoder().encode(`\rround ${round + 1} of ${rounds} `));
  }
}
for (const { running } of opened) await running.close();

const best = opened[0]!.flops / median(opened[0]!.times) / 1e6;
if (!options.json) {
  console.log(`${"".padEnd(52)}${"ms".padStart(9)}${"GFLOP/s".padStart(9)}${"share".padStart(8)}`);
}
for (const { name, flops, times } of opened) {
  const milliseconds = median(times);
  const speed = flops / milliseconds / 1e6;
  if (options.json) {
    const figures = { milliseconds, gflops: flops && speed, share: flops && speed / best };
    console.log(JSON.stringify({ name, ...figures }));
    continue;
  }
  const figures = flops === 0 ? ["–", "–"] : [speed.toFixed(1), (speed / best).toFixed(2)];
  const columns = [milliseconds.toFixed(2), ...figures];
  console.log(
    `${name.padEnd(52)}${columns.map((text, index) => text.padStart([9, 9, 8][index]!)).join("")}`,
  );
}
