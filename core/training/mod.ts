/**
 * Training on onnxruntime: one program for the loss and all gradients, AdamW with a moving average,
 * and runs that pause, resume exactly and keep a log.
 *
 * @module
 */
export * from "./adamw.ts";
export * from "./checkpoint.ts";
export * from "./dataset.ts";
export * from "./objective.ts";
export * from "./objectives/mod.ts";
export * from "./run_objective.ts";
export * from "./schedule.ts";
export * from "./train.ts";
export * from "./trainer.ts";
