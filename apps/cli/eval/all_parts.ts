import type { Part } from "./part.ts";
import { ablations } from "./parts/ablations.ts";
import { autoencoder, environments, gate, retrieval } from "./parts/basics.ts";
import { candidates } from "./parts/candidates.ts";
import { consistency } from "./parts/consistency.ts";
import { cost } from "./parts/cost.ts";
import { distribution } from "./parts/distribution.ts";
import { gallery } from "./parts/gallery.ts";
import { joint } from "./parts/joint.ts";
import { matrix } from "./parts/matrix.ts";
import { memorisation } from "./parts/memorisation.ts";
import { mixing } from "./parts/mixing.ts";
import { partial } from "./parts/partial.ts";
import { prompts } from "./parts/prompts.ts";
import { retrained } from "./parts/retrained.ts";
import { samplers } from "./parts/samplers.ts";
import { score } from "./parts/score.ts";
import { similarity } from "./parts/similarity.ts";
import { synchrony } from "./parts/synchrony.ts";
import { unseen } from "./parts/unseen.ts";
import { vocoder } from "./parts/vocoder.ts";

/** Everything that can be measured, in the order of the report. */
export const PARTS: readonly Part[] = [
  gate,
  retrieval,
  autoencoder,
  environments,
  vocoder,
  prompts,
  candidates,
  mixing,
  joint,
  synchrony,
  partial,
  matrix,
  similarity,
  consistency,
  distribution,
  memorisation,
  unseen,
  score,
  ablations,
  samplers,
  cost,
  gallery,
  retrained,
];
