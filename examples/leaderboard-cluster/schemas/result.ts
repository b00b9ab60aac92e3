import { Document, Id, Tag } from '@nuthatch/decorators';
import { IsInt, IsUUID, Length, Max, Min } from 'class-validator';

/** What a player won in one game. The player's device makes the id, so that it can send a result again. */
@Document()
export class Result {
  @Id() @IsUUID() readonly id!: string;
  @Tag() @Length(1, 30) readonly player!: string;
  @IsInt() @Min(1) @Max(1000) readonly points!: number;
}
