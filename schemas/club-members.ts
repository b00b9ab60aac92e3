import { Avg, Count, Max, Range, Top, View } from '@nuthatch/decorators';
import { Player } from './player.js';

/** What the grown-up members of each club are like. */
@View(() => Player, { where: { age: { gte: 18 } }, groupBy: 'clubs' })
export class ClubMembers {
  /** A player counts in each of the clubs. */
  readonly clubs!: string;
  @Count() @Range() members!: number;
  @Avg('age') averageAge!: number;
  @Max('joinedAt') lastJoined!: Date;
  @Top(2, 'age') oldest!: Pick<Player, 'id' | 'name' | 'age'>[];

  get isLarge(): boolean {
    return this.members >= 100;
  }
}
