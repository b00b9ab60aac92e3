import { Document, Id, Index, Range, Tag } from '@nuthatch/decorators';
import { IsEmail, Max, Min } from 'class-validator';

/** A player of a game: found by email, by the clubs they are in, by age. */
@Document()
export class Player {
  @Id() readonly id!: string;
  @Index() @IsEmail() email!: string;
  @Tag() clubs: string[] = [];
  @Range() @Min(0) @Max(120) age!: number;
  @Range() joinedAt: Date = new Date();
  name!: string;
  /** Unique among the players that have one. */
  @Index({ where: (player: Player) => player.nick !== undefined }) nick?: string;

  /** Computed key: indexed, never stored. */
  @Range() get nameLength(): number {
    return this.name.length;
  }
}
