/** The sizes of the networks. */
export interface TemplateConfig {
  /** Numbers of a latent. */
  readonly latentWidth: number;
  /** Width of the hidden layers. */
  readonly width: number;
  /** Residual blocks of each network. */
  readonly blocks: number;
}

/** The networks that are trained unless told otherwise. */
export const TEMPLATE_CONFIG: TemplateConfig = { latentWidth: 16, width: 192, blocks: 3 };
