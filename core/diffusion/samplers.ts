import { ddim } from "./ddim.ts";
import { ddpm } from "./ddpm.ts";
import { dpmSolver } from "./dpm_solver.ts";
import { dpmSolverSde } from "./dpm_solver_sde.ts";
import { euler } from "./euler.ts";
import { eulerAncestral } from "./euler_ancestral.ts";
import { heun } from "./heun.ts";
import type { Sampler } from "./sampler.ts";
import { unipc } from "./unipc.ts";

/** The names of the samplers. */
export type SamplerName =
  | "ddpm"
  | "ddim"
  | "euler"
  | "euler-ancestral"
  | "heun"
  | "dpm++"
  | "dpm++-sde"
  | "unipc";

/** Every sampler by its name. */
export const samplers: Readonly<Record<SamplerName, Sampler>> = {
  "ddpm": ddpm,
  "ddim": ddim,
  "euler": euler,
  "euler-ancestral": eulerAncestral,
  "heun": heun,
  "dpm++": dpmSolver,
  "dpm++-sde": dpmSolverSde,
  "unipc": unipc,
};

/**
 * The sampler of a name.
 *
 * @param name One of the keys of {@linkcode samplers}.
 * @returns The sampler.
 * @throws {RangeError} If there is none of that name.
 *
 * @example By name
 * ```ts
 * import { ddim, getSampler } from "@codi/core/diffusion";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(getSampler("ddim"), ddim);
 * assertThrows(() => getSampler("plms"), RangeError, '"plms"');
 * ```
 */
export function getSampler(name: string): Sampler {
  if (!Object.hasOwn(samplers, name)) {
    throw new RangeError(
      `Cannot sample by "${name}": it is none of ${Object.keys(samplers).join(", ")}`,
    );
  }
  return samplers[name as SamplerName];
}
