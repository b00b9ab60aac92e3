import { Document, Expires, Id, Range, Tag } from '@nuthatch/decorators';

/** A signed-in device. The id is a hash of the token, so that the data alone lets nobody sign in. */
@Document()
export class Session {
  @Id() readonly id!: string;
  @Tag() readonly user!: string;
  readonly device!: string;
  @Range() readonly signedInAt!: Date;
  /** The database deletes the session at this time; each use moves it. */
  @Expires() expiresAt!: Date;
}
