import type { AnyModality } from "../../modality/mod.ts";
import type { OptimizerOptions } from "../trainer.ts";

/** An edge of the join graph, in one direction: one modality is denoised and hears another. */
export interface JoinEdge {
  /** The name of the modality that hears. */
  readonly listener: string;
  /** The name of the one that is heard. */
  readonly partner: string;
  /** Pairs of a batch: the listener's network is what costs. */
  readonly batch: number;
  /**
   * Whether the listener's clean latent has to follow from the global token of either side alone, by a
   * small network that is thrown away afterwards. Denoising asks little of globals, since most of a
   * latent shows through its noise; this makes them say what no prompt does, such as a style. The
   * network's last layer is as wide as the latent, so it is for small ones.
   *
   * @default {false}
   */
  readonly foretell?: boolean;
}

/** What joint training is made of. */
export interface JoinSpec {
  /** The objective's name. @default {"join"} */
  readonly name?: string;
  /** All modalities of the edges, the bridge among them: captions prompt every pair. */
  readonly modalities: readonly AnyModality[];
  /** The join graph: batches take turns in this order; an edge may have several. */
  readonly edges: readonly JoinEdge[];
  /**
   * The modalities whose environment parts are trained; those of the others stay as they are.
   *
   * @default {all}
   */
  readonly trains?: readonly string[];
  /**
   * Alignment alone, before anything hears it: small networks and large batches, so that the attention
   * finds something worth hearing. Steps of the run's, at most half of them, pairs of a batch, and how
   * many of those have prompts near each other: the batch's other pairs are what one is told apart
   * from, and what the prompt says needs no telling.
   *
   * @default {none}
   */
  readonly alignment?: {
    readonly steps: number;
    readonly batch: number;
    /** @default {1} */
    readonly alike?: number;
  };
  /**
   * Whether both sides are always at one timestep, as in CoDi; that is for comparison, as then nothing
   * learns to follow a clean sample.
   *
   * @default {false}
   */
  readonly equalTimesteps?: boolean;
  /**
   * The deviation of noise on each number of what is heard, for a modality that will be made beside
   * others than those of its edges, too: what they say differs a little.
   *
   * @default {none}
   */
  readonly hearingNoise?: number;
  /** Settings of the shipped run. */
  readonly options: OptimizerOptions;
  /** Scenes that are encoded before training, by modality, and those for validation. */
  readonly scenes: { readonly train: Readonly<Record<string, number>>; readonly test: number };
}
