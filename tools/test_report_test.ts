import { assertEquals, assertThrows } from "@std/assert";
import { countTests } from "./test_report.ts";

Deno.test("countTests() adds the files up and leaves ignored tests out", () => {
  const report = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="8" failures="3" errors="2" time="0.121">
    <testsuite name="./a_test.ts" tests="6" disabled="1" errors="0" failures="3">
        <testcase name="bad" classname="./a_test.ts" time="0.001" line="1" col="61">
            <failure message="&lt;testsuite tests=&quot;9&quot;&gt;">Error</failure>
        </testcase>
    </testsuite>
    <testsuite name="./b_test.ts" tests="2" disabled="0" errors="2" failures="0">
    </testsuite>
</testsuites>`;
  assertEquals(countTests(report), { passed: 2, failed: 5 });
  assertEquals(countTests('<testsuites name="deno test" tests="0"></testsuites>'), {
    passed: 0,
    failed: 0,
  });
});

Deno.test("countTests() throws when a figure is missing", () => {
  assertThrows(() => countTests('<testsuite name="a" tests="1">'), SyntaxError, '"failures"');
});
