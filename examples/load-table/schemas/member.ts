import { Document, Id, Index, Range, Tag } from '@nuthatch/decorators';
import { IsEmail, IsInt, Min } from 'class-validator';

/** A member of the library, as this program knows them; the table behind it has other names and types. */
@Document()
export class Member {
  @Id() @IsInt() @Min(1) readonly number!: number;
  name!: string;
  @Index({ caseInsensitive: true }) @IsEmail() email!: string;
  @Range() joinedAt!: Date;
  isActive!: boolean;
  @Tag() interests: string[] = [];
}
