import {
  ENVIRONMENT_WIDTH,
  latentAlignment,
  latentDistance,
  SLOTS,
} from "../../environment/mod.ts";
import { add, gelu, input, mse, mul, reshape, type Value, zeros } from "../../graph/mod.ts";
import { type AnyModality, findModality, SPACE_WIDTH } from "../../modality/mod.ts";
import { linear, Scope } from "../../nn/mod.ts";
import { elementCount, type Tensor } from "../../tensor/mod.ts";
import type { DatasetSplit } from "../dataset.ts";
import type { Objective, ObjectiveContext, PartPath, PreparedObjective } from "../objective.ts";
import type { TracedLoss } from "../trainer.ts";
import { edgeName, encodeEdges, namesOf } from "./_encode_edges.ts";
import { frozenWeights } from "./_frozen_weights.ts";
import type { JoinEdge, JoinSpec } from "./join_spec.ts";
import { joiningBatch } from "./joining_batch.ts";

/** What alignment counts beside denoising. */
const ALIGNMENT = 0.03;
/** The inverse temperature of alignment. */
const SCALE = 10;
/** What the distance to an environment that stays as it is counts in alignment. */
const PULL = 10;
/** What foretelling counts beside denoising, and the hidden width of the networks that foretell. */
const [FORETELLING, FORETELLING_WIDTH] = [0.1, 384] as const;
/** Batches of each edge that the averaged weights are judged on. */
const VALIDATION_BATCHES = 4;

/**
 * Joint generation by latent alignment (CoDi, section 3.4): environment encoders and the attention that
 * hears them learn from pairs, every batch one edge of the join graph, while all else is frozen. Three or
 * more modalities are never seen together.
 *
 * @param spec The modalities, the join graph and settings.
 * @returns The objective; it trains the part `environment` of each modality.
 * @throws {RangeError} If a modality of an edge has no environment, or there is no bridge.
 */
export function joinObjective(spec: JoinSpec): Objective {
  const { modalities, edges, options, name = "join" } = spec;
  const bridge = bridgeOf(modalities);
  const names = namesOf(edges);
  for (const one of names) {
    const { environment, autoencoder, diffusion } = findModality(modalities, one);
    if (!environment || !autoencoder || !diffusion) {
      throw new RangeError(`Cannot join "${one}": the plugin has no environment encoder`);
    }
    if (spec.scenes.train[one] === undefined) {
      throw new RangeError(`Cannot join "${one}": scenes.train says nothing of how many it has`);
    }
  }
  const trains = spec.trains ?? names;
  const deaf = edges.find(({ listener }) => !trains.includes(listener));
  if (deaf !== undefined) {
    throw new RangeError(
      `Cannot train "${deaf.listener}" to hear "${deaf.partner}": its environment part stays as it is`,
    );
  }
  return {
    name,
    stage: "join",
    trains: trains.map((one): PartPath => `${one}/environment`),
    freezes: [
      ...names.flatMap((one): PartPath[] => [`${one}/autoencoder`, `${one}/diffusion`]),
      `${bridge.name}/promptEncoder`,
      ...names.filter((one) => !trains.includes(one))
        .map((one): PartPath => `${one}/environment`),
    ],
    pairs: edges.map(({ listener, partner }) => [listener, partner]),
    prompted: names.map((one) => [bridge.name, one]),
    options,
    prepare: (context) => prepare(context, { ...spec, trains }, bridge),
  };
}

function bridgeOf(modalities: readonly AnyModality[]): AnyModality {
  const bridge = modalities.find((modality) => modality.bridge);
  if (bridge === undefined) {
    throw new RangeError("Cannot join: none of the modalities is the bridge");
  }
  return bridge;
}

async function prepare(
  context: ObjectiveContext,
  spec: JoinSpec & { readonly trains: readonly string[] },
  bridge: AnyModality,
): Promise<PreparedObjective> {
  const { seed, steps = spec.options.steps } = context;
  const { modalities, edges, trains, alignment } = spec;
  const alone = Math.min(alignment?.steps ?? 0, Math.floor(steps / 2));
  const samples = {
    train: await encodeEdges(context, spec, bridge, "train"),
    test: await encodeEdges(context, spec, bridge, "test"),
  };
  const scope = new Scope();
  const losses: Record<string, TracedLoss> = {};
  // An edge with several turns is traced once.
  for (const edge of edges) {
    const name = edgeName(edge);
    const fixed = !trains.includes(edge.partner);
    losses[name] ??= edgeLoss(scope, edge, spec, fixed);
    if (alignment === undefined) continue;
    const { batch } = alignment;
    losses[`align ${name}`] ??= alignmentLoss(scope, { ...edge, batch }, modalities, fixed);
  }
  const frozen = await frozenWeights(
    context,
    scope,
    namesOf(edges).map((name) => ({
      modality: findModality(modalities, name),
      trained: trains.includes(name),
    })),
  );
  const edgeOf = (step: number) => edges[step % edges.length]!;
  const aligning = (step: number) => step < alone;
  const lossOf = (step: number) => `${aligning(step) ? "align " : ""}${edgeName(edgeOf(step))}`;
  const batchOf = (split: DatasetSplit, step: number, unheard: boolean) => {
    const edge = edgeOf(step);
    const name = edgeName(edge);
    const how = unheard ? alignment! : {
      batch: edge.batch,
      clean: edge.foretell ?? false,
      ...(spec.hearingNoise !== undefined && { hearingNoise: spec.hearingNoise }),
    };
    const feeds = joiningBatch(samples[split].get(name)!, how, seed, name, split, step);
    if (!unheard) return { ...feeds };
    return {
      z: feeds.z,
      timestep: feeds.timestep,
      "partner z": feeds["partner z"],
      "partner timestep": feeds["partner timestep"],
      signal: feeds.signal,
    };
  };
  return {
    task: {
      scope,
      traced: losses[edgeName(edges[0]!)]!,
      losses,
      lossOf: (step, validating) => validating ? edgeName(edgeOf(step)) : lossOf(step),
      batchSize: edges.reduce((total, { batch }) => total + batch, 0) / edges.length,
      batch: (step) => batchOf("train", step, aligning(step)),
      validation: Array.from(
        { length: VALIDATION_BATCHES * edges.length },
        (_, step) => batchOf("test", step, false),
      ),
      frozen,
    },
    finish: (trained) =>
      Promise.resolve(Object.fromEntries(trains.map((name) => [
        `${name}/environment`,
        { tensors: without(`${name}.`, trained), metadata: {} },
      ]))),
  };
}

/** The tensors whose names have a prefix, without it. */
function without(
  prefix: string,
  tensors: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
}

/** Both sides of an edge, with what their environment encoders say. */
interface TracedSides {
  readonly z: Value;
  readonly timestep: Value;
  readonly own: Readonly<Record<string, Value>>;
  readonly other: Readonly<Record<string, Value>>;
}

/** Traces the environment encoders of both sides. */
function tracedSides(
  scope: Scope,
  { listener, partner, batch }: JoinEdge,
  modalities: readonly AnyModality[],
): TracedSides {
  const side = (name: string, prefix: string) => {
    const { environment, autoencoder } = findModality(modalities, name);
    const z = input(`${prefix}z`, [batch, ...autoencoder!.latentShape]);
    const timestep = input(`${prefix}timestep`, [batch]);
    return { z, timestep, said: environment!.encoder.trace(scope.at(name), { z, timestep }) };
  };
  const { z, timestep, said } = side(listener, "");
  return { z, timestep, own: said, other: side(partner, "partner ").said };
}

/**
 * How far apart two sides' globals are, and their slots where both have them. Where the partner's part is
 * fixed, nothing can collapse, and what others have learnt to hear of it is to be met, too.
 */
function sidesAlignment({ own, other }: TracedSides, batch: number, fixed: boolean): Value {
  const signal = input("signal", [batch]);
  const align = (name: string) => {
    const told = latentAlignment(own[name]!, other[name]!, SCALE, signal);
    return fixed ? add(told, mul(latentDistance(own[name]!, other[name]!, signal), PULL)) : told;
  };
  return own["slots"] && other["slots"] ? add(align("global"), align("slots")) : align("global");
}

/** The alignment of an edge alone. */
function alignmentLoss(
  scope: Scope,
  edge: JoinEdge,
  modalities: readonly AnyModality[],
  fixed: boolean,
): TracedLoss {
  const loss = sidesAlignment(tracedSides(scope, edge, modalities), edge.batch, fixed);
  return { loss, metrics: { [`align ${edgeName(edge)}`]: loss } };
}

/** Denoising of the listener, and the alignment of what both sides say. */
function edgeLoss(
  scope: Scope,
  edge: JoinEdge,
  { modalities, hearingNoise }: JoinSpec,
  fixed: boolean,
): TracedLoss {
  const { listener, batch } = edge;
  const sides = tracedSides(scope, edge, modalities);
  const { z, timestep, other } = sides;
  const { joint } = findModality(modalities, listener).environment!;
  const heard = (name: string) => {
    const said = other[name]!;
    return hearingNoise === undefined ? said : add(said, input(`${name} noise`, said.shape));
  };
  const { prediction } = joint.trace(scope.at(listener), {
    z,
    timestep,
    condition: input("condition", [batch, SPACE_WIDTH]),
    present: input("present", [batch]),
    global: heard("global"),
    slots: other["slots"] ? heard("slots") : zeros([batch, SLOTS, ENVIRONMENT_WIDTH]),
    heard: input("heard", [batch, 2]),
  });
  const denoising = mse(prediction!, input("target", z.shape));
  const alignment = sidesAlignment(sides, batch, fixed);
  const loss = add(denoising, mul(alignment, ALIGNMENT));
  const metrics = { [edgeName(edge)]: denoising, [`align ${edgeName(edge)}`]: alignment };
  if (!edge.foretell) return { loss, metrics };
  const foretelling = foretellingLoss(scope.at(`foretell ${edgeName(edge)}`), sides, batch);
  return {
    loss: add(loss, mul(foretelling, FORETELLING)),
    metrics: { ...metrics, [`foretell ${edgeName(edge)}`]: foretelling },
  };
}

/** How far the listener's clean latent is from what each side's global token says of it. */
function foretellingLoss(scope: Scope, { z, own, other }: TracedSides, batch: number): Value {
  const size = elementCount(z.shape.slice(1));
  const clean = reshape(input("clean", z.shape), [batch, size]);
  const apart = (name: string, global: Value) => {
    const hidden = gelu(linear(scope.at(name).at("in"), global, FORETELLING_WIDTH));
    return mse(linear(scope.at(name).at("out"), hidden, size), clean);
  };
  return add(apart("own", own["global"]!), apart("partner", other["global"]!));
}
