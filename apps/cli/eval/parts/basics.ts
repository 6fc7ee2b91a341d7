import { measureAutoencoder } from "../autoencoder.ts";
import type { Measurement } from "../bench.ts";
import { measureEnvironments } from "../environment_probes.ts";
import { measureGate } from "../gate.ts";
import type { Lab } from "../lab.ts";
import type { Found, Measure, Part, PartReport } from "../part.ts";
import { measureRetrieval } from "../retrieval.ts";

/** A part that is measured in one piece. */
function whole(
  part: Pick<Part, "name" | "title" | "about">,
  measure: (scale: Found["scale"]) => Measure & { run(lab: Lab): Promise<Measurement<unknown>> },
): Part {
  const { name } = part;
  return {
    ...part,
    measures: (scale) => ({ [name]: measure(scale) }),
    report: ({ measured }): PartReport => {
      const found = measured[name] as Measurement<unknown> | undefined;
      return { rows: found?.rows ?? [], counts: found?.figures ?? {} };
    },
  };
}

/** What linear probes read from text embeddings. */
export const gate: Part = whole({
  name: "gate",
  title: "The shared space: what sentences carry",
  about:
    "Linear probes on the frozen text encoder, trained on captions of training scenes and tested " +
    "on held-out ones that mention the factor.",
}, ({ of }) => {
  const options = { train: of(8000, 2000), test: of(2000, 500) };
  return {
    options,
    weights: ["text/promptEncoder"],
    seconds: of(40, 6),
    run: (lab) => measureGate(lab, options),
  };
});

/** Captions and samples finding each other. */
export const retrieval: Part = whole({
  name: "retrieval",
  title: "The shared space: retrieval",
  about:
    "Captions and samples of scenes that no training saw find each other among candidates that are " +
    "distinct in what both carry. Held-out combinations are too few for that, so other scenes fill " +
    "up; beside stand the searches for held-out ones. And the gap between the modalities' means, with " +
    "and without centring.",
}, ({ of }) => {
  const options = { candidates: 128, rounds: of(4, 1), pairs: of(1024, 128) };
  return {
    options: { ...options, apart: "held-out" },
    weights: ["promptEncoder"],
    seconds: of(60, 15),
    run: (lab) => measureRetrieval(lab, options),
  };
});

/** What the picture autoencoder keeps. */
export const autoencoder: Part = whole({
  name: "autoencoder",
  title: "Autoencoder of pictures",
  about: "Reconstructions of held-out pictures, by error and by the reader.",
}, ({ of }) => {
  const options = { count: of(512, 48) };
  return {
    options,
    weights: ["image/autoencoder"],
    seconds: of(30, 4),
    run: (lab) => measureAutoencoder(lab, options),
  };
});

/** What environment encoders say of noisy latents. */
export const environments: Part = whole({
  name: "environments",
  title: "Environments: what noisy latents tell the others",
  about:
    "Linear probes on the frozen environment encoders, by timestep: factors from globals, strokes " +
    "from slots. Trained on noisy latents of training scenes, tested on held-out ones. Sentences are " +
    "those that mention all they can.",
}, ({ of, quick }) => {
  const options = {
    train: of(2048, 256),
    test: of(512, 64),
    timesteps: quick ? [250, 650] : [50, 250, 450, 650, 850],
    captions: "whole",
  };
  return {
    options,
    weights: ["autoencoder", "environment"],
    seconds: of(240, 20),
    run: (lab) => measureEnvironments(lab, options),
  };
});
