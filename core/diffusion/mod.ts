/**
 * Latent diffusion: noise schedules, what networks predict, samplers and guidance. Nothing in here
 * knows a modality; latents are tensors of [batch, ...].
 *
 * A network becomes a {@linkcode Denoiser}, which predicts clean latents, by {@linkcode denoiser}. A
 * {@linkcode Sampler} is a pure coroutine that asks for latents to be denoised and returns the sample;
 * {@linkcode sample} and {@linkcode sampleSteps} drive one, {@linkcode sampleJointlySteps} several in
 * lock-step. Latents are variance preserving everywhere, z_t = alpha_t · z_0 + sigma_t · epsilon with
 * alpha² + sigma² = 1, also with the samplers that others write in x = z / alpha.
 *
 * **The paper's notation.** CoDi (Tang et al. 2023), section 3.1, writes α and σ for what is
 * elsewhere √ᾱ and √(1 − ᾱ). Taken literally it is not a diffusion; what is meant, and done here:
 *
 * | the paper writes | meant | here |
 * |---|---|---|
 * | β_t | β_t | `schedule.betas[t]`, t from 0 |
 * | α_t = 1 − β_t | 1 − β_t | not named |
 * | ∏ α_s | ᾱ_t = ∏ (1 − β_s) | `schedule.alphaBars[t]` |
 * | σ_t = 1 − ∏ α_s | 1 − ᾱ_t, the variance of the noise | `sigma` is its root |
 * | z_t = α_t z + σ_t ε | z_t = √ᾱ_t z + √(1 − ᾱ_t) ε | `addNoise()`, `noiseLevel()` |
 * | ε_θ(z_t, t, C(y)) | the predicted noise | a `Network` with C(y) bound, made a denoiser by `denoiser(network, "epsilon", schedule)` |
 * | mean of z_{t−1}: (z_t − β_t / √σ_t · ε_θ) / √α_t | (z_t − β_t / √(1 − ᾱ_t) · ε_θ) / √(1 − β_t) | `ddpm()` with as many steps as were trained |
 * | its variance, β_t I | Ho et al. 2020 allow β_t and β_t (1 − ᾱ_{t−1}) / (1 − ᾱ_t) | the second, which does not add noise to the last step |
 *
 * **The parts against the literature.** Schedules: `linear`, `scaled-linear`, `cosine`, each with zero
 * terminal SNR on demand. Timesteps and samplers follow the definitions of Hugging Face diffusers:
 *
 * | name | diffusers | order | stochastic |
 * |---|---|---|---|
 * | `ddpm` | `DDPMScheduler`, `fixed_small` | | yes |
 * | `ddim` | `DDIMScheduler` | 1 | with `eta` |
 * | `euler` | `EulerDiscreteScheduler` | 1 | |
 * | `euler-ancestral` | `EulerAncestralDiscreteScheduler` | | yes |
 * | `heun` | `HeunDiscreteScheduler` | 2, two evaluations | |
 * | `dpm++` | `DPMSolverMultistepScheduler`, `dpmsolver++` | 2 | |
 * | `dpm++-sde` | `DPMSolverMultistepScheduler`, `sde-dpmsolver++` | | yes |
 * | `unipc` | `UniPCMultistepScheduler`, `bh2` | 2, corrected to 3 | |
 *
 * They differ on purpose in four things; `diffusers_test.ts` says how closely they agree otherwise.
 * Predictions are never clipped, as latents have no range. Zero terminal SNR is taken as it is,
 * alpha = 0, by all samplers, where most of diffusers' put ᾱ = 2⁻²⁴. `ddim` goes from each timestep to
 * the next one it evaluates, where diffusers goes `1000 // steps` down, which is another level with
 * `linspace` and with numbers of steps that do not divide 1000. And `heun` averages over another
 * variable in steps that start in almost pure noise.
 *
 * @module
 */
export { combine, type Term } from "./combine.ts";
export * from "./ddim.ts";
export * from "./ddpm.ts";
export * from "./dpm_solver.ts";
export * from "./dpm_solver_sde.ts";
export * from "./euler.ts";
export * from "./euler_ancestral.ts";
export * from "./guidance.ts";
export * from "./heun.ts";
export * from "./noise.ts";
export * from "./noise_level.ts";
export * from "./noise_schedule.ts";
export * from "./prediction.ts";
export * from "./sample.ts";
export * from "./sample_jointly.ts";
export * from "./sampler.ts";
export * from "./samplers.ts";
export * from "./shifted_time.ts";
export * from "./timesteps.ts";
export * from "./unipc.ts";
export type { Tensor } from "../tensor/mod.ts";
