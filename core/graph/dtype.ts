/** The element types of values in a graph. */
export type DType = "float32" | "int64" | "bool";
