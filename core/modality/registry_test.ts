import { assertEquals, assertThrows } from "@std/assert";
import { type AnyModality, checkModalities, findModality } from "./mod.ts";

function plugin(name: string, space = "space-1", bridge = false): AnyModality {
  return { name, space, bridge } as AnyModality;
}

Deno.test("checkModalities() accepts any number of one shared space, with or without a bridge", () => {
  checkModalities([plugin("sketch")]);
  checkModalities([plugin("sketch"), plugin("words", "space-1", true), plugin("tune")]);
});

Deno.test("checkModalities() refuses none, and two of one name", () => {
  assertThrows(() => checkModalities([]), RangeError, "Cannot load no modalities");
  assertThrows(
    () => checkModalities([plugin("sketch"), plugin("tune"), plugin("sketch")]),
    RangeError,
    'Cannot load two modalities named "sketch"',
  );
});

Deno.test("checkModalities() names both versions of a shared space that do not fit", () => {
  const words = plugin("words", "space-1", true);
  // Whatever the order, the one that differs from the bridge is the one that is refused.
  for (
    const installed of [[plugin("tune", "space-2"), words], [words, plugin("tune", "space-2")]]
  ) {
    assertThrows(
      () => checkModalities(installed),
      RangeError,
      'Cannot load modality "tune": it was aligned to the shared space "space-2", "words" to "space-1"',
    );
  }
  assertThrows(
    () => checkModalities([plugin("sketch"), plugin("tune", "space-2")]),
    RangeError,
    '"tune": it was aligned to the shared space "space-2", "sketch" to "space-1"',
  );
});

Deno.test("findModality() lists what is installed when a name is unknown", () => {
  const installed = [plugin("sketch"), plugin("tune")];
  assertEquals(findModality(installed, "tune"), installed[1]!);
  assertThrows(
    () => findModality(installed, "smell"),
    RangeError,
    'Cannot find modality "smell": installed are "sketch", "tune"',
  );
  assertThrows(() => findModality(installed, "toString"), RangeError);
  assertThrows(() => findModality([], "smell"), RangeError, "installed are none");
});
