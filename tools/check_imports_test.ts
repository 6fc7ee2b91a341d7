import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { checkImports } from "./check_imports.ts";
import { importViolations } from "./import_rules.ts";

/** The violations of imports written as "from → specifier → to". */
function violations(...lines: string[]): string[] {
  return importViolations(lines.map((line) => {
    const [from, specifier, to] = line.split(" → ");
    return { from: from!, specifier: specifier!, to: to! };
  }));
}

Deno.test("importViolations() accepts imports that point one way", () => {
  assertEquals(
    violations(
      "core/nn/linear.ts → ../graph/mod.ts → core/graph/mod.ts",
      "core/graph/value.ts → ../tensor/mod.ts → core/tensor/mod.ts",
      "core/graph/value.ts → ./_shape.ts → core/graph/_shape.ts",
      "core/environment/joint.ts → @codi/core/diffusion → core/diffusion/mod.ts",
      "core/graph/value_test.ts → @codi/core/runtime → core/runtime/mod.ts",
      "core/runtime/session.ts → ../graph/mod.ts → core/graph/mod.ts",
      "core/mod.ts → ./graph/mod.ts → core/graph/mod.ts",
      "plugins/image/unet.ts → @codi/core/nn → core/nn/mod.ts",
      "plugins/image/unet.ts → @std/path → links/std_path/mod.ts",
      "plugins/image/vae_test.ts → @codi/band → datasets/band/mod.ts",
      "apps/cli/main.ts → @codi/image → plugins/image/mod.ts",
      "tests/parity_test.ts → @codi/cli → apps/cli/main.ts",
    ),
    [],
  );
});

Deno.test("importViolations() names a circular import, of types too", () => {
  assertEquals(
    violations(
      "core/graph/a.ts → ./b.ts → core/graph/b.ts",
      "core/graph/b.ts → ./c.ts → core/graph/c.ts",
      "core/graph/c.ts → ./b.ts → core/graph/b.ts",
    ),
    ["circular import: core/graph/b.ts → core/graph/c.ts → core/graph/b.ts"],
  );
});

Deno.test("importViolations() refuses a path into another package", () => {
  assertEquals(
    violations("plugins/image/vae.ts → ../../core/nn/mod.ts → core/nn/mod.ts"),
    [
      'plugins/image/vae.ts imports "../../core/nn/mod.ts": ' +
      "another package is imported by its public name, not by a path",
    ],
  );
  assertEquals(
    violations("tests/a_test.ts → file:///code/core/mod.ts → core/mod.ts").length,
    1,
  );
});

Deno.test("importViolations() refuses a dependency that points the wrong way", () => {
  const wrong = [
    ["core/nn/x.ts", "@codi/image", "plugins/image/mod.ts"],
    ["core/nn/x.ts", "@codi/band", "datasets/band/mod.ts"],
    ["core/nn/x.ts", "@codi/cli", "apps/cli/main.ts"],
    ["plugins/video/x.ts", "@codi/image", "plugins/image/mod.ts"],
    ["plugins/image/x.ts", "@codi/band", "datasets/band/mod.ts"],
    ["plugins/image/x.ts", "@codi/cli", "apps/cli/main.ts"],
    ["datasets/band/x.ts", "@codi/cli", "apps/cli/main.ts"],
    ["datasets/band/x.ts", "@codi/folder", "datasets/folder/mod.ts"],
  ] as const;
  for (const [from, specifier, to] of wrong) {
    const [source, target] = [from, to].map((path) =>
      path.startsWith("core/") ? "core" : path.split("/").slice(0, 2).join("/")
    );
    assertEquals(violations(`${from} → ${specifier} → ${to}`), [
      `${from} imports "${specifier}": ${source} may not depend on ${target}`,
    ]);
  }
});

Deno.test("importViolations() keeps the order inside core", () => {
  assertEquals(violations("core/graph/x.ts → ../nn/mod.ts → core/nn/mod.ts"), [
    'core/graph/x.ts imports "../nn/mod.ts": core/graph comes before core/nn',
  ]);
  assertEquals(
    violations("core/diffusion/x.ts → @codi/core/training → core/training/mod.ts").length,
    1,
  );
  assertEquals(violations("core/nn/x.ts → @codi/core → core/mod.ts"), [
    'core/nn/x.ts imports "@codi/core": folders of core may not import what joins them',
  ]);
});

Deno.test("importViolations() refuses folders of core that need each other", () => {
  assertEquals(
    violations(
      "core/modality/a.ts → ../runtime/a.ts → core/runtime/a.ts",
      "core/runtime/b.ts → ../modality/b.ts → core/modality/b.ts",
    ),
    ["circular import of folders in core: modality → runtime → modality"],
  );
});

Deno.test("importViolations() keeps private files and test helpers where they are", () => {
  assertEquals(violations("core/nn/x.ts → ../graph/_shape.ts → core/graph/_shape.ts"), [
    'core/nn/x.ts imports "../graph/_shape.ts": ' +
    "a file whose name begins with _ is private to its folder",
  ]);
  assertEquals(violations("core/nn/x.ts → ./check_testing.ts → core/nn/check_testing.ts"), [
    'core/nn/x.ts imports "./check_testing.ts": only tests may import what is there for tests',
  ]);
});

Deno.test("importViolations() takes a private file that only tests import for one of them", () => {
  const helper = [
    "core/graph/value_test.ts → ./_check.ts → core/graph/_check.ts",
    "core/graph/_check.ts → ../runtime/mod.ts → core/runtime/mod.ts",
    "core/runtime/session.ts → ../graph/mod.ts → core/graph/mod.ts",
  ];
  assertEquals(violations(...helper), []);
  assertEquals(violations(...helper, "core/graph/value.ts → ./_check.ts → core/graph/_check.ts"), [
    "circular import of folders in core: graph → runtime → graph",
  ]);
});

Deno.test("checkImports() reads the imports of a workspace as Deno resolves them", async () => {
  const root = await Deno.realPath(await Deno.makeTempDir());
  const write = async (path: string, text: string) => {
    await Deno.mkdir(join(root, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(root, path), text);
  };
  try {
    await write("deno.json", '{ "workspace": ["./core", "./plugins/*"] }');
    await write(
      "core/deno.json",
      '{ "name": "@x/core", "version": "1.0.0", "exports": "./mod.ts" }',
    );
    await write("core/mod.ts", 'export type { A } from "./a.ts";');
    await write("core/a.ts", 'import type { B } from "./b.ts";\nexport type A = B;');
    await write("core/b.ts", 'import type { A } from "./a.ts";\nexport type B = A | 1;');
    await write(
      "plugins/p/deno.json",
      '{ "name": "@x/p", "version": "1.0.0", "exports": "./mod.ts" }',
    );
    await write("plugins/p/mod.ts", 'import "@x/core";\nawait import("../../core/a.ts");');
    await write(".hidden/c.ts", 'import "./none.ts";');
    assertEquals(await checkImports(root), [
      "circular import: core/a.ts → core/b.ts → core/a.ts",
      'plugins/p/mod.ts imports "../../core/a.ts": ' +
      "another package is imported by its public name, not by a path",
    ]);
    await write("core/b.ts", 'export type B = 1;\nexport * from "./none.ts";');
    await write("plugins/p/mod.ts", 'import "@x/core/a.ts";');
    const found = await checkImports(root);
    assertEquals(found.some((line) => line.includes("none.ts")), true);
    assertEquals(found.some((line) => line.includes('imports "@x/core/a.ts"')), true);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
