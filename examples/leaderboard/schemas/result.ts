import { Document, Id, Range, Tag } from '@nuthatch/decorators';
import { IsInt, Length, Max, Min } from 'class-validator';

/** What a player won in one game. */
@Document()
export class Result {
  @Id({ generate: 'uuidv7' }) readonly id!: string;
  @Tag() @Length(1, 30) readonly player!: string;
  @IsInt() @Min(1) @Max(1000) readonly points!: number;
  @Range() readonly playedAt: Date = new Date();
}
