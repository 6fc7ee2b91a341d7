import { assert, assertEquals } from "@std/assert";
import { commands } from "./commands.ts";
import { commandShapes, type OptionShape } from "./completions/command_shape.ts";
import { planGeneration } from "./generate/plan.ts";
import { loadModalities } from "./modalities.ts";
import { testContext } from "./_testing.ts";

/** The words of a command as a shell splits them, up to a pipe or another command. */
function wordsOf(line: string): string[] {
  const words = line.matchAll(/"([^"]*)"|[^\s"]+/g);
  const all = [...words].map(([word, quoted]) => quoted ?? word);
  const end = all.findIndex((word) => ["|", "&&", ">"].includes(word));
  return end < 0 ? all : all.slice(0, end);
}

/** What follows the command's name in each example of its help. */
async function examplesOf(name: string): Promise<string[][]> {
  const [, examples = ""] = (await commands[name]!.help()).split("\nExamples:\n");
  const call = new RegExp(`deno task (?:-q )?${name}\\b(.*)`);
  return examples.split("\n").flatMap((line) => {
    const [, rest] = call.exec(line.replace(/\)$/, "")) ?? [];
    return rest === undefined ? [] : [wordsOf(rest)];
  });
}

Deno.test("every command's help has examples, with options and words that it tells of", async () => {
  for (const { name, options, words } of await commandShapes(commands)) {
    const help = await commands[name]!.help();
    assert(help.startsWith(`Usage: deno task ${name} `), help);
    const examples = await examplesOf(name);
    assert(examples.length >= 2, `${name} has ${examples.length} examples`);
    for (const example of examples) {
      const given = example.filter((word) => word.startsWith("--"))
        .map((word) => word.split("=")[0]!);
      for (const option of given) {
        const shape: OptionShape | undefined = options.find((one) => one.name === option);
        assert(shape !== undefined, `${name}: ${option} in ${example.join(" ")}`);
        const value = example[example.indexOf(option) + 1];
        assert(!shape.takesValue || value !== undefined, `${name}: ${option} without a value`);
        assert(
          shape.choices.length === 0 ||
            value!.split(",").every((one) => shape.choices.includes(one)),
          `${name}: ${option} ${value} in ${example.join(" ")}`,
        );
      }
      const [first] = example;
      const isWord = words.length > 0 && first !== undefined && !first.startsWith("--");
      assert(!isWord || words.includes(first), `${name}: ${first}`);
    }
  }
});

Deno.test("generate takes the examples of its help", async () => {
  const modalities = await loadModalities(testContext());
  const plans = (await examplesOf("generate"))
    .map((example) => planGeneration(example, modalities));
  assertEquals(plans.length, 9);
  assertEquals(plans.filter(({ replay }) => replay !== undefined).length, 1);
  assert(plans.some(({ environment }) => typeof environment === "object"));
  assert(plans.some(({ keep }) => keep["image"] !== undefined && "mask" in keep["image"]));
  assert(plans.some(({ out }) => out === "-") && plans.some(({ follow }) => "audio" in follow));
});
