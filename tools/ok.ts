/**
 * Everything a change has to pass, in the order of how fast it tells: `deno task ok`. Stops at the
 * first stage that fails. The last line counts the tests; a stage that fails for another reason
 * than a test counts as one.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { countTests } from "./test_report.ts";

const cache = ".cache";

interface Stage {
  readonly name: string;
  readonly args: readonly string[];
  /** Where the stage reports its tests, if it has any. */
  readonly report?: string;
}

function tests(name: string, task: string, file: string): Stage {
  const report = `${cache}/${file}`;
  return { name, args: ["task", task, `--junit-path=${report}`], report };
}

const stages: readonly Stage[] = [
  { name: "format", args: ["fmt", "--check"] },
  { name: "lint", args: ["lint"] },
  { name: "types", args: ["task", "check"] },
  { name: "docs", args: ["task", "check:docs"] },
  { name: "imports", args: ["task", "check:imports"] },
  { name: "links", args: ["task", "check:links"] },
  tests("tests", "test", "tests.xml"),
  tests("page", "test:page", "page.xml"),
  tests("examples", "test:doc", "examples.xml"),
];

async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The counts of a report; none if the stage failed before it could write one. */
async function readReport(path: string): Promise<{ passed: number; failed: number }> {
  try {
    return countTests(await Deno.readTextFile(path));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { passed: 0, failed: 0 };
  }
}

await Deno.mkdir(cache, { recursive: true });
let passed = 0;
let failed = 0;
let success = true;
for (const { name, args, report } of stages) {
  console.log(`── ${name}`);
  if (report !== undefined) await remove(report);
  const start = performance.now();
  const child = new Deno.Command("deno", { args: [...args], stdin: "null" }).spawn();
  ({ success } = await child.status);
  if (report !== undefined) {
    const count = await readReport(report);
    passed += count.passed;
    failed += count.failed;
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`── ${name} ${success ? "ok" : "failed"} (${seconds} s)\n`);
  if (!success) break;
}
if (!success && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
if (!success) Deno.exit(1);
