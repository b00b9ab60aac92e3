import { Document, Id, Tag } from '@nuthatch/decorators';

/** A machine in the field. It is edited by the one who has checked it out: two people never describe it differently. */
@Document({ sync: 'checkOut' })
export class Machine {
  @Id() readonly number!: string;
  name!: string;
  @Tag() site!: string;
  @Tag() state: 'in service' | 'needs repair' | 'out of service' = 'in service';
  note?: string;
}
