/** Which fields can hold vectors. Answers what is wrong, never throws. */
import { describeType } from './describe-type.js';
import { type DocumentModel, type FieldType, isVectorMetric, MAX_VECTOR_DIMENSIONS } from './document-model.js';
import type { ModelProblem } from './model-problem.js';

export function checkVectors({ fields, vectors = [] }: DocumentModel): ModelProblem[] {
  const seen = new Set<string>();
  return vectors.flatMap(({ field: name, dimensions, metric }): ModelProblem[] => {
    const wrong = (message: string, hint: string): ModelProblem => ({ code: 'BAD_VECTOR', field: name, message, hint });
    const problems: ModelProblem[] = [];
    const field = fields.find((each) => each.name === name);
    if (seen.has(name)) problems.push(wrong(`the vector ${name} is declared twice`, 'keep one of the two.'));
    seen.add(name);
    if (field === undefined)
      return [
        {
          code: 'UNKNOWN_FIELD',
          field: name,
          message: `the vector ${name} is not a stored field`,
          hint: 'put @Vector on a field: getters are not stored.',
        },
      ];
    if (!holdsNumbers(field.type))
      problems.push(
        wrong(`@Vector on ${name}, which is ${describeType(field.type)}`, 'give it the type Float32Array or number[].'),
      );
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > MAX_VECTOR_DIMENSIONS)
      problems.push(
        wrong(
          `the vector ${name} has ${String(dimensions)} dimensions`,
          `say how many numbers it has: a whole number from 1 to ${MAX_VECTOR_DIMENSIONS}.`,
        ),
      );
    if (!isVectorMetric(metric))
      problems.push(
        wrong(`the vector ${name} has no metric ${String(metric)}`, "write 'cosine', 'dot' or 'euclidean'."),
      );
    return problems;
  });
}

function holdsNumbers(type: FieldType): boolean {
  if (type.kind === 'nullable') return holdsNumbers(type.of);
  return type.kind === 'floats' || (type.kind === 'array' && type.element.kind === 'number');
}
