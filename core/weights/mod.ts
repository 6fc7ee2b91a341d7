/**
 * Weights on disk or elsewhere: a strict reader and writer of the safetensors format, files that are replaced in
 * one go, and the check that a file holds exactly what a network expects.
 *
 * @module
 */
export { decodeSafetensors } from "./decode_safetensors.ts";
export type { Safetensors } from "./decode_safetensors.ts";
export { encodeSafetensors } from "./encode_safetensors.ts";
export type { EncodeSafetensorsOptions } from "./encode_safetensors.ts";
export type { SafetensorsDtype, WeightsDtype } from "./dtype.ts";
export { fileExists } from "./file_exists.ts";
export { loadBytes, loadWeights } from "./load_weights.ts";
export { matchWeights, WeightsMismatchError } from "./match_weights.ts";
export type { MisshapenWeight } from "./match_weights.ts";
export { readWeights, writeWeights } from "./weights_file.ts";
export { writeFileAtomic } from "./write_file_atomic.ts";
export type { Tensor } from "../tensor/mod.ts";
