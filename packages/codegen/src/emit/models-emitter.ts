/** Emits `models.json`: the canonical models, committed, so that a change of a class is seen in a diff. */
import { canonicalText, type DocumentModel, modelFingerprint } from '@nuthatch/model';

/** Version of the layout of models.json. */
export const MODELS_FORMAT = 1;

export function emitModels(models: readonly DocumentModel[]): string {
  const entries = models.map((model) => {
    const text = canonicalText(model).replace(/\n/g, '\n    ');
    return `    ${JSON.stringify(modelFingerprint(model))}: ${text}`;
  });
  return `{\n  "format": ${MODELS_FORMAT},\n  "models": {\n${entries.join(',\n')}\n  }\n}\n`;
}

/** The models of an earlier `models.json`; none for a text that is not one. */
export function parseModels(text: string): readonly DocumentModel[] {
  try {
    const { models } = JSON.parse(text) as { readonly models?: Readonly<Record<string, DocumentModel>> };
    return Object.values(models ?? {});
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
