/**
 * The training objectives that the text plugin brings.
 *
 * @module
 */
export { alignText, type AlignedPartner } from "./objectives.ts";
