import { Document, Id, Index, Range, Tag } from '@nuthatch/decorators';
import { IsEmail, IsOptional, Length, Matches } from 'class-validator';

/** Somebody in the address book. */
@Document()
export class Contact {
  @Id({ generate: 'uuidv7' }) readonly id!: string;
  @Length(1, 100) @Range() name!: string;
  /** Unique, whatever the case of its letters. */
  @Index({ caseInsensitive: true }) @IsEmail() email!: string;
  @IsOptional() @Matches(/^\+?[0-9 ()-]{3,30}$/) phone?: string;
  @Tag() groups: string[] = [];
  @Range() readonly createdAt: Date = new Date();
}
