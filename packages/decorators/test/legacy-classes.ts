/** Classes as people write them, in the legacy form of decorators; tc39/tc39-classes.ts has the same text. */
import { Document, Expires, Id, Index, type Key, Range, Tag, Vector } from '@nuthatch/decorators';

@Document()
export class Player {
  @Id() readonly id!: string;
  @Index() email!: string;
  @Tag() clubs: string[] = [];
  @Range() age!: number;
  @Range() joinedAt: Date = new Date();
  @Index({ where: (player: Player) => player.nick !== undefined, caseInsensitive: true }) nick?: string;
  name!: string;

  @Range() get nameLength(): number {
    return this.name.length;
  }
}

export abstract class Timestamped {
  @Range() createdAt: Date = new Date();
}

@Document({ collection: 'sessions', storage: 'memory' })
export class Session extends Timestamped {
  @Id({ generate: 'uuidv7' }) readonly id!: Key<'Session'>;
  @Tag() player!: Key<'Player'>;
  @Expires() endsAt?: Date;
}

@Index(['club', 'number'])
@Document()
@Range(['club', 'since'])
export class Membership extends Timestamped {
  @Id() readonly club!: string;
  @Id() readonly player!: string;
  since: Date = new Date();
  number?: number;
}

@Document()
export class Captaincy extends Membership {
  @Range() season!: number;
}

@Document()
export class Passage {
  @Id() readonly id!: string;
  @Vector({ dimensions: 3, metric: 'cosine' }) embedding: Float32Array | undefined = undefined;
  @Vector({ dimensions: 2, metric: 'dot' }) weights: number[] = [0, 0];
}

@Document()
export class LongPassage extends Passage {
  @Vector({ dimensions: 4, metric: 'euclidean' }) override embedding: Float32Array | undefined = undefined;
}
