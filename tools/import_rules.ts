/** One import statement, with paths relative to the repository's root, separated by "/". */
export interface Import {
  /** The file that imports. */
  readonly from: string;
  /** The specifier as written. */
  readonly specifier: string;
  /** The file of this repository that it names. */
  readonly to: string;
}

/** Who may import whom, besides itself. Tests and benchmarks may import anything. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  core: [],
  plugins: ["core"],
  datasets: ["core", "plugins"],
  apps: ["core", "plugins", "datasets", "apps"],
  tests: ["core", "plugins", "datasets", "apps"],
  examples: ["core", "plugins", "datasets", "apps"],
  docs: ["core", "plugins", "datasets", "apps"],
  tools: ["core", "plugins", "datasets", "apps"],
};

/** Inside core, a folder may import those of a smaller or equal rank; the others need only not form a cycle. */
const coreRank: Readonly<Record<string, number>> = {
  graph: 0,
  nn: 1,
  diffusion: 2,
  conditioning: 2,
  environment: 2,
  training: 3,
};

/** The kinds of package, which are folders of packages; any other top folder is one itself. */
const kinds = ["plugins", "datasets", "apps", "examples", "links"];

function kindOf(path: string): string {
  return path.split("/")[0]!;
}

function packageOf(path: string): string {
  const [top, second] = path.split("/");
  return kinds.includes(top!) ? `${top}/${second}` : top!;
}

function folderOf(path: string): string {
  return path.split("/").slice(0, -1).join("/");
}

/** The folder of core that a file is in; empty for files of core's own top folder. */
function coreFolderOf(path: string): string {
  const parts = path.split("/");
  return parts.length > 2 ? parts[1]! : "";
}

/** Whether a file is there for tests or benchmarks only, by its name or its folder's. */
function isNamedForTests(path: string): boolean {
  return kindOf(path) === "tests" || /_(test|bench|testing)\.ts$/.test(path) ||
    path.split("/").includes("testing");
}

/** Tells whether a file is for tests: by its name, or as a private file that only such files import. */
function testFiles(imports: readonly Import[]): (path: string) => boolean {
  const helpers = new Set(imports.map(({ to }) => to).filter((to) => isPrivate(to)));
  for (const { from, to } of imports) {
    if (!isNamedForTests(from)) helpers.delete(to);
  }
  return (path) => isNamedForTests(path) || helpers.has(path);
}

function isPrivate(path: string): boolean {
  return /(^|\/)_[^/]*$/.test(path);
}

/**
 * Checks the imports between the files of a repository.
 *
 * @param imports Every import whose target is a file of the repository.
 * @returns One line per violation, sorted; empty if there is none.
 */
export function importViolations(imports: readonly Import[]): string[] {
  const isForTests = testFiles(imports);
  const violations = imports.flatMap((entry) => violationsOf(entry, isForTests));
  for (const cycle of findCycles(imports.map(({ from, to }) => [from, to]))) {
    violations.push(`circular import: ${cycle.join(" → ")}`);
  }
  const folders = imports.filter(({ from, to }) =>
    kindOf(from) === "core" && kindOf(to) === "core" && !isForTests(from) &&
    folderOf(from) !== "core" && coreFolderOf(from) !== coreFolderOf(to)
  ).map(({ from, to }): [string, string] => [coreFolderOf(from), coreFolderOf(to)]);
  for (const cycle of findCycles(folders)) {
    violations.push(`circular import of folders in core: ${cycle.join(" → ")}`);
  }
  return [...new Set(violations)].sort();
}

function violationsOf(
  { from, specifier, to }: Import,
  isForTests: (path: string) => boolean,
): string[] {
  const found: string[] = [];
  const report = (reason: string) => found.push(`${from} imports "${specifier}": ${reason}`);
  const [source, target] = [packageOf(from), packageOf(to)];
  const byPath = /^(\.{0,2}\/|file:)/.test(specifier);

  if (source !== target) {
    if (byPath) report("another package is imported by its public name, not by a path");
    if (kindOf(to) !== "links" && !isForTests(from)) {
      const targets = allowed[kindOf(from)] ?? [];
      if (!targets.includes(kindOf(to))) report(`${source} may not depend on ${target}`);
    }
  }
  if (isPrivate(to) && folderOf(from) !== folderOf(to)) {
    report("a file whose name begins with _ is private to its folder");
  }
  if (isForTests(to) && !isForTests(from)) report("only tests may import what is there for tests");
  if (source === "core" && target === "core" && !isForTests(from)) {
    const [inner, outer] = [coreFolderOf(from), coreFolderOf(to)];
    if (inner !== "" && outer === "") report("folders of core may not import what joins them");
    if ((coreRank[inner] ?? Infinity) < (coreRank[outer] ?? -Infinity)) {
      report(`core/${inner} comes before core/${outer}`);
    }
  }
  return found;
}

/** The cycles of a directed graph, one for every edge that closes one in a depth-first walk. */
function findCycles(edges: readonly (readonly [string, string])[]): string[][] {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of edges) {
    next.set(from, (next.get(from) ?? new Set()).add(to));
  }
  const cycles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (node: string) => {
    const start = path.indexOf(node);
    if (start >= 0) {
      cycles.push([...path.slice(start), node]);
      return;
    }
    if (done.has(node)) return;
    path.push(node);
    for (const other of [...next.get(node) ?? []].sort()) visit(other);
    path.pop();
    done.add(node);
  };
  for (const node of [...next.keys()].sort()) visit(node);
  return cycles;
}
