/**
 * How a field is written in its class, beyond what the model keeps of it. Generated code asks the compiler whether the
 * class still says so.
 */
import type { FieldModel } from '@nuthatch/model';

export interface WrittenField {
  /** Written with `?`: an instance may lack it. */
  readonly mayLack: boolean;
  /** Its type's text, where it names no other type. */
  readonly plainType: string | undefined;
}

const WRITTEN = new WeakMap<FieldModel, WrittenField>();

/** @returns the field itself. */
export function asWritten(field: FieldModel, written: WrittenField | undefined): FieldModel {
  if (written) WRITTEN.set(field, written);
  return field;
}

/** Undefined for fields of other origin: those of mapped types, and of classes with members under symbols. */
export function writtenField(field: FieldModel): WrittenField | undefined {
  return WRITTEN.get(field);
}

export function forgetWritten(field: FieldModel): void {
  WRITTEN.delete(field);
}
