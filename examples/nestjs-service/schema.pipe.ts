import { BadRequestException, type PipeTransform } from '@nestjs/common';
import type { DocumentSchema } from '@nuthatch/runtime';

/** Checks a body by the schema of a class: `@Body(new SchemaPipe(productSchema)) input: ProductInput`. */
export class SchemaPipe<Input> implements PipeTransform<unknown, Input> {
  constructor(private readonly schema: DocumentSchema<Input>) {}

  transform(body: unknown): Input {
    const result = this.schema['~standard'].validate(body);
    if (!result.issues) return result.value;
    const violations = result.issues.map(({ path = [], message }) => ({ path: path.join('.'), message }));
    const message = violations.map((violation) => violation.message).join('; ');
    throw new BadRequestException({ code: 'VALIDATION_FAILED', message, violations });
  }
}
