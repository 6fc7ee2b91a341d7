/** A weight whose shape is not the one a network expects. */
export interface MisshapenWeight {
  /** The name of the weight. */
  readonly name: string;
  /** The shape the network expects. */
  readonly expected: readonly number[];
  /** The shape that was found. */
  readonly actual: readonly number[];
}

/** Thrown when weights are not exactly those a network expects. */
export class WeightsMismatchError extends Error {
  /** The class's name, as the first word of a printed error. */
  override readonly name = "WeightsMismatchError";
  /** Names the network expects and the weights lack, sorted. */
  readonly missing: readonly string[];
  /** Names the weights have and the network does not know, sorted. */
  readonly unexpected: readonly string[];
  /** Weights of another shape than expected, sorted by name. */
  readonly misshapen: readonly MisshapenWeight[];

  /**
   * An error whose message lists the first eight of each kind.
   *
   * @param missing Names that are expected and not there.
   * @param unexpected Names that are there and not expected.
   * @param misshapen Weights of another shape than expected.
   */
  constructor(
    missing: readonly string[],
    unexpected: readonly string[],
    misshapen: readonly MisshapenWeight[],
  ) {
    const parts = [
      ...list("missing", missing.map((name) => JSON.stringify(name))),
      ...list("unexpected", unexpected.map((name) => JSON.stringify(name))),
      ...list(
        "misshapen",
        misshapen.map(({ name, expected, actual }) =>
          `${JSON.stringify(name)} is [${actual}] instead of [${expected}]`
        ),
      ),
    ];
    super(`Cannot load weights: ${parts.join("; ")}`);
    this.missing = missing;
    this.unexpected = unexpected;
    this.misshapen = misshapen;
  }
}

const listed = 8;

function list(kind: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const rest = items.length > listed ? ` and ${items.length - listed} more` : "";
  return [`${items.length} ${kind}: ${items.slice(0, listed).join(", ")}${rest}`];
}

/**
 * Checks that weights are exactly those a network expects: no name missing, none left over, every
 * shape equal. Nothing is loaded in part.
 *
 * @param expected The network's shapes by name.
 * @param actual The weights by name; only their shapes are looked at.
 * @throws {WeightsMismatchError} If they differ; it lists every difference.
 *
 * @example A weight is missing
 * ```ts
 * import { matchWeights, WeightsMismatchError } from "@codi/core/weights";
 * import { tensor } from "@codi/core/tensor";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const error = assertThrows(
 *   () => matchWeights({ weight: [2, 3], bias: [3] }, { weight: tensor([2, 3]) }),
 *   WeightsMismatchError,
 * );
 * assertEquals(error.missing, ["bias"]);
 * ```
 */
export function matchWeights(
  expected: Readonly<Record<string, readonly number[]>>,
  actual: Readonly<Record<string, { readonly shape: readonly number[] }>>,
): void {
  const missing = Object.keys(expected).filter((name) => !Object.hasOwn(actual, name)).sort();
  const unexpected = Object.keys(actual).filter((name) => !Object.hasOwn(expected, name)).sort();
  const misshapen: MisshapenWeight[] = [];
  for (const name of Object.keys(expected).sort()) {
    if (!Object.hasOwn(actual, name)) continue;
    const [wanted, found] = [expected[name]!, actual[name]!.shape];
    if (wanted.length !== found.length || wanted.some((length, axis) => length !== found[axis])) {
      misshapen.push({ name, expected: wanted, actual: found });
    }
  }
  if (missing.length + unexpected.length + misshapen.length > 0) {
    throw new WeightsMismatchError(missing, unexpected, misshapen);
  }
}
