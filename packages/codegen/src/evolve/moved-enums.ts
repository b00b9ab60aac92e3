/**
 * Enums of numbers whose members got other numbers: documents hold numbers, so a member that is put in between changes
 * what they mean, and no type tells. The names are noted beside the models, to be compared on the next run.
 */
import type { FieldType } from '@nuthatch/model';
import type { EnumMembers } from './noted-models.js';

/** One enum, before and after. */
export interface MovedEnum {
  readonly name: string;
  readonly was: EnumMembers;
  readonly is: EnumMembers;
}

/** Enums of a collection in which some member has another number than before. O(members). */
export function movedEnums(
  was: Readonly<Record<string, EnumMembers>> = {},
  is: Readonly<Record<string, EnumMembers>> = {},
): readonly MovedEnum[] {
  return Object.entries(is).flatMap(([name, members]) => {
    const before = Object.hasOwn(was, name) ? was[name] : undefined;
    if (before === undefined || shiftsOf(before, members).length === 0) return [];
    return [{ name, was: before, is: members }];
  });
}

/** `gives Green of the enum Color the number 2, it was 1`. */
export function describeMoved({ name, was, is }: MovedEnum): string {
  const words = shiftsOf(was, is).map((member) => `${member} the number ${is[member]}, it was ${was[member]}`);
  return `gives members of the enum ${name} other numbers: ${words.join('; ')}`;
}

/** The new number for each number of a field of the enum; undefined: its member is gone. Nothing for any other type. */
export function movedNumbers(
  type: FieldType,
  moved: readonly MovedEnum[],
): ReadonlyMap<number, number | undefined> | undefined {
  if (type.kind !== 'literal') return undefined;
  const numbers = new Set<unknown>(type.values);
  const found = moved.find(({ was }) => {
    const its = new Set(Object.values(was));
    return its.size === numbers.size && [...its].every((value) => numbers.has(value));
  });
  if (found === undefined) return undefined;
  return new Map(
    Object.entries(found.was).map(([name, value]) => [
      value,
      Object.hasOwn(found.is, name) ? found.is[name] : undefined,
    ]),
  );
}

/** The same enums the way back. */
export function movedBack(moved: readonly MovedEnum[]): readonly MovedEnum[] {
  return moved.map(({ name, was, is }) => ({ name, was: is, is: was }));
}

function shiftsOf(was: EnumMembers, is: EnumMembers): readonly string[] {
  return Object.keys(is).filter((member) => Object.hasOwn(was, member) && was[member] !== is[member]);
}
