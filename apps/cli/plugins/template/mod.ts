/**
 * The modality "template" for CoDi: curves of 64 numbers.
 *
 * @module
 */
export type { TemplateConfig } from "./config.ts";
export { createTemplate, template } from "./template.ts";
