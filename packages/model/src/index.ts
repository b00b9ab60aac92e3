export * from './class-metadata.js';
export * from './document-key.js';
export * from './document-model.js';
export * from './errors/database-error.js';
export * from './errors/error-catalogue.js';
export * from './validation-rule.js';
export * from './violation.js';
