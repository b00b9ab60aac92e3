import { Document, Id, Range } from '@nuthatch/decorators';

/** Somebody who leads projects, works on issues and writes comments. */
@Document()
export class Person {
  @Id() readonly id!: string;
  @Range() name!: string;
}
