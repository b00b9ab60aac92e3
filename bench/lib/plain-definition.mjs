/** A definition interpreted from a model, for collections of any shape: no class is generated for them. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const model = require('@nuthatch/model');
const { createModelCodec } = require('@nuthatch/runtime/tools');

export function definitionOf(documentModel) {
  class Thing {}
  const names = documentModel.fields.map(({ name }) => name);
  const assign = (values) => {
    const document = new Thing();
    for (const name of names) document[name] = values(name);
    return document;
  };
  return {
    model: documentModel,
    fingerprint: model.modelFingerprint(documentModel),
    declarationFingerprint: model.declarationFingerprint(model.declarationOf(documentModel)),
    documentClass: Thing,
    codec: createModelCodec(documentModel, { prototype: Thing.prototype }),
    unknownFields: () => undefined,
    build: (input) => assign((name) => input[name]),
    merge: (document, patch) => assign((name) => (Object.hasOwn(patch, name) ? patch : document)[name]),
    validate: () => undefined,
    seal: (document) => {
      for (const name of names) if (typeof document[name] === 'object') Object.freeze(document[name]);
      return Object.freeze(document);
    },
  };
}
