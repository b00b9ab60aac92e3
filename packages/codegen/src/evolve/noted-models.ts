/** The notes beside the models in `models.json`: facts that models do not hold. Types only. */
import type { FieldType } from '@nuthatch/model';

/** Collection → name of a field it has no more → the types it had: documents keep its values. */
export type KeptTypes = Readonly<Record<string, Readonly<Record<string, readonly FieldType[]>>>>;

/** Member of an enum of numbers → its number. */
export type EnumMembers = Readonly<Record<string, number>>;

/** Collection → enum → its members. */
export type EnumNames = Readonly<Record<string, Readonly<Record<string, EnumMembers>>>>;
