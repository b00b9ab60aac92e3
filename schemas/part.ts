import { Document, Id, Index, Lifetime, Range, Released, Tag } from '@nuthatch/decorators';
import { IsPositive } from 'class-validator';

/** A part of a machine: a draft until it is released; each release stays as it was built. */
@Document()
@Released()
export class Part {
  @Id() readonly id!: string;
  @Index() number!: string;
  @Tag() materials: string[] = [];
  @Range() @IsPositive() weight!: number;
  note?: string;
  @Lifetime({ transitions: { draft: ['active'], active: ['obsolete', 'draft'], obsolete: [] } })
  @Tag()
  state: 'draft' | 'active' | 'obsolete' = 'draft';
}
