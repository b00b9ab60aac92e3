/**
 * One decorator for both forms: TypeScript's legacy decorators (target, name) and TC39's (value, context), on fields,
 * getters and accessors. The type of the field is checked at compile time in both.
 */
import { DatabaseError } from '@nuthatch/model';
import type { DeclarationDraft } from './declaration-draft.js';
import { isContext } from './decorator-arguments.js';
import { draftOf } from './metadata-store.js';

/** Decorates a field or getter whose type is within `V`; any other field is a compile error. */
export interface FieldDecorator<V> {
  <T extends object, K extends keyof T>(
    target: T,
    name: K & (T[K] extends V ? K : never),
    descriptor?: PropertyDescriptor,
  ): void;
  <T, F extends V>(value: undefined, context: ClassFieldDecoratorContext<T, F>): void;
  <T, F extends V>(value: (this: T) => F, context: ClassGetterDecoratorContext<T, F>): void;
  <T, F extends V>(value: ClassAccessorDecoratorTarget<T, F>, context: ClassAccessorDecoratorContext<T, F>): void;
}

/** Makes a decorator that notes something about a field in its class's draft. */
export function fieldDecorator<V>(
  decorator: string,
  note: (draft: DeclarationDraft, field: string) => void,
): FieldDecorator<V> {
  const decorate = (target: unknown, nameOrContext: unknown, descriptor?: PropertyDescriptor): void => {
    if (isContext(nameOrContext)) {
      const { name, kind, metadata } = nameOrContext;
      if (kind === 'method' || kind === 'setter' || kind === 'class') refuse(decorator, name, `stands on a ${kind}`);
      requirePublicInstanceField(decorator, name, nameOrContext.static || nameOrContext.private);
      if (!metadata) refuse(decorator, name, 'needs a compiler that writes decorator metadata, such as TypeScript 5.2');
      note(draftOf(metadata), name as string);
      return;
    }
    requirePublicInstanceField(decorator, nameOrContext, typeof target === 'function');
    if (typeof descriptor?.value === 'function') refuse(decorator, nameOrContext, 'stands on a method');
    note(draftOf((target as object).constructor), nameOrContext as string);
  };
  return decorate as FieldDecorator<V>;
}

function requirePublicInstanceField(decorator: string, name: unknown, isUnfit: boolean): void {
  if (isUnfit || typeof name !== 'string') refuse(decorator, name, 'needs a public instance field with a plain name');
}

function refuse(decorator: string, name: unknown, why: string): never {
  throw new DatabaseError('INVALID_DECORATOR', `@${decorator} on ${String(name)} ${why}`, {
    decorator,
    field: String(name),
  });
}
