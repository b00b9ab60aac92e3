/** Rules of `@Search`: it stands on stored fields of texts, with a weight that ranks and a language that is a code. */
import { describeType } from './describe-type.js';
import type { DocumentModel, FieldType, SearchModel } from './document-model.js';
import type { ModelProblem } from './model-problem.js';
import { SEARCH_LANGUAGES } from './search-languages.js';

export function checkSearch({ fields, search = [], indexes }: DocumentModel): ModelProblem[] {
  const problems: ModelProblem[] = [];
  for (const searched of search) {
    const { field: name } = searched;
    const field = fields.find((each) => each.name === name);
    const wrong = (message: string, hint: string): void =>
      void problems.push({ code: 'BAD_SEARCH', field: name, message, hint });
    if (field === undefined) {
      const message = `the searched field ${name} is not a stored field`;
      problems.push({
        code: 'UNKNOWN_FIELD',
        field: name,
        message,
        hint: 'put @Search on a field, or name a field of the class.',
      });
      continue;
    }
    if (!isText(field.type))
      wrong(
        `the searched field ${name} is of type ${describeType(field.type)}`,
        'put @Search on a field of type string, or a list or set of strings.',
      );
    checkSettings(searched, wrong);
  }
  const [first] = search;
  if (first !== undefined && indexes.some(({ name }) => name === 'search'))
    problems.push({
      code: 'COLLIDING_NAME',
      field: first.field,
      message: 'the class has an index named search beside its text index',
      hint: 'rename the field, or take @Search away.',
    });
  return problems;
}

function checkSettings({ field, weight, language }: SearchModel, wrong: (message: string, hint: string) => void): void {
  const isWeight = weight === undefined || (typeof weight === 'number' && weight > 0 && weight <= 1_000);
  if (!isWeight) wrong(`the weight of ${field} is ${String(weight)}`, 'give a number above 0, at most 1000.');
  const isKnown = language === undefined || (typeof language === 'string' && Object.hasOwn(SEARCH_LANGUAGES, language));
  if (!isKnown)
    wrong(
      `the language of ${field} is ${JSON.stringify(language)}`,
      `give one of ${Object.keys(SEARCH_LANGUAGES).join(', ')}, or leave it out: words are found as they are written then.`,
    );
}

function isText(type: FieldType): boolean {
  if (type.kind === 'nullable') return isText(type.of);
  if (type.kind === 'array' || type.kind === 'set') return type.element.kind === 'string';
  return type.kind === 'string';
}
