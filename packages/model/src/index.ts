/** The public face of the model package; re-exports only. */
export * from './canonical-text.js';
export * from './class-metadata.js';
export * from './class-rules.js';
export * from './declaration.js';
export * from './deep-freeze.js';
export * from './document-key.js';
export * from './document-model.js';
export * from './errors/database-error.js';
export * from './errors/error-catalogue.js';
export * from './finder-name.js';
export * from './known-rules.js';
export * from './model-check.js';
export * from './model-diff.js';
export * from './model-fingerprint.js';
export * from './sha-256.js';
export * from './validation-rule.js';
export * from './violation.js';
