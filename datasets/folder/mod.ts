/**
 * A user's own files as a training data set: files of one name are one sample, or the rows of a
 * manifest are.
 *
 * @module
 */
export * from "./folder_dataset.ts";
export * from "./open_folder.ts";
export * from "./report.ts";
