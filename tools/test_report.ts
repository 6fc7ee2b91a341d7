/** How many tests passed and failed, the steps of tests counted too. */
export interface TestCount {
  /** Tests that ran and held. */
  readonly passed: number;
  /** Tests that failed or were cut short. */
  readonly failed: number;
}

/**
 * Counts the tests in a report that `deno test --junit-path` wrote. Ignored tests do not count.
 *
 * @param xml The report.
 * @returns The counts over all test files.
 * @throws {SyntaxError} If a test file's figures are not there.
 */
export function countTests(xml: string): TestCount {
  let passed = 0;
  let failed = 0;
  for (const [suite] of xml.matchAll(/<testsuite\s[^>]*>/g)) {
    const figure = (name: string): number => {
      const digits = suite.match(new RegExp(`\\s${name}="(\\d+)"`))?.[1];
      if (digits === undefined) {
        throw new SyntaxError(`Cannot count tests: no "${name}" in ${suite}`);
      }
      return Number(digits);
    };
    const faults = figure("failures") + figure("errors");
    failed += faults;
    passed += figure("tests") - faults - figure("disabled");
  }
  return { passed, failed };
}
