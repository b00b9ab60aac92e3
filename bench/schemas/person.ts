import { Document, Id, Index, Range, Tag } from '@nuthatch/decorators';
import { Max, MaxLength, Min } from 'class-validator';

/** The benchmark's document: about 160 bytes of JSON. */
@Document()
export class Person {
  @Id() readonly id!: string;
  @Index() @MaxLength(254) email!: string;
  @MaxLength(100) name!: string;
  @Tag() tags: string[] = [];
  /** In days. */
  @Range() @Min(0) @Max(600_000) age!: number;
  /** Milliseconds since 1970. */
  createdAt!: number;
}
