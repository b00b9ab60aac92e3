import { Document, Id, Range } from '@nuthatch/decorators';

/** A player in a club: identified by both. */
@Document()
@Range(['club', 'since'])
export class Membership {
  @Id() readonly club!: string;
  @Id() readonly player!: string;
  since: Date = new Date();
  role: 'player' | 'coach' | 'board' = 'player';
}
