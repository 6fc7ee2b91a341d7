import { assertEquals, assertRejects } from "@std/assert";
import { buildProgram, input, mul } from "../graph/mod.ts";
import { type Device, openDevice } from "../runtime/mod.ts";
import { tensor } from "../tensor/mod.ts";
import { LazyProgram, ProgramRoom } from "./_program_room.ts";

const times = (factor: number) => buildProgram({ y: mul(input("x", [1]), factor) });

/** A device that notes what is opened and released. */
function watched(device: Device, open: Set<object>): Device {
  return {
    ...device,
    load: async (program) => {
      const executable = await device.load(program);
      open.add(program);
      return {
        ...executable,
        release: async () => {
          await executable.release();
          open.delete(program);
        },
      };
    },
  };
}

async function product(room: ProgramRoom, program: LazyProgram): Promise<number> {
  const x = tensor([1], Float32Array.of(10));
  return (await room.use(program, ({ run }) => run({ x })))["y"]!.data[0]!;
}

Deno.test("ProgramRoom.use() closes what was not used for the longest time", async () => {
  await using device = openDevice({ threads: 1 });
  const open = new Set<object>();
  const built: number[] = [];
  const room = new ProgramRoom(watched(device, open), 2.5 * times(1).model.length);
  const programs = [1, 2, 3].map((factor) =>
    new LazyProgram(() => {
      built.push(factor);
      return times(factor);
    })
  );
  const [one, two, three] = programs as [LazyProgram, LazyProgram, LazyProgram];
  const results: number[] = [];
  for (const program of [one, two, one, three, one, two, three]) {
    results.push(await product(room, program));
    assertEquals(open.size, Math.min(2, built.length));
  }
  assertEquals(results, [10, 20, 10, 30, 10, 20, 30]);
  assertEquals(built, [1, 2, 3, 2, 3]);
});

Deno.test("ProgramRoom.use() closes nothing that is in use", async () => {
  await using device = openDevice({ threads: 1 });
  const open = new Set<object>();
  const room = new ProgramRoom(watched(device, open), 1);
  const programs = [1, 2, 3].map((factor) => new LazyProgram(() => times(factor)));
  const x = tensor([1], Float32Array.of(10));
  const held = await room.use(programs[0]!, async ({ run }) => {
    assertEquals(await Promise.all(programs.map((program) => product(room, program))), [
      10,
      20,
      30,
    ]);
    return await run({ x });
  });
  assertEquals(held["y"]!.data[0], 10);
  assertEquals(await product(room, programs[1]!), 20);
  assertEquals(await product(room, new LazyProgram(() => times(4))), 40);
  assertEquals(open.size, 1);
});

Deno.test("ProgramRoom.use() tries again what could not be built", async () => {
  await using device = openDevice({ threads: 1 });
  const room = new ProgramRoom(device);
  let attempts = 0;
  const program = new LazyProgram(() => {
    if (++attempts === 1) throw new RangeError("no");
    return times(5);
  });
  await assertRejects(() => product(room, program), RangeError, "no");
  assertEquals(await product(room, program), 50);
});
