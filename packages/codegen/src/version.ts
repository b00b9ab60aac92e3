/** Changes whenever the same sources would give other text: part of what the input cache depends on. */
export const GENERATOR_VERSION = '0.1.0-18';
