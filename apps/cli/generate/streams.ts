/** Stands for standard input where a file is read, for standard output where one is written. */
export const STANDARD_STREAM = "-";
