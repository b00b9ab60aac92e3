import type { Key } from '@nuthatch/decorators';
import { Document, Expires, Id, Index, Range, Tag } from '@nuthatch/decorators';

/** A signed-in device; lives in memory only: gone when it expires, or with the process. */
@Document({ collection: 'sessions', storage: 'memory' })
export class Session {
  @Id({ generate: 'uuidv7' }) readonly id!: Key<'Session'>;
  @Tag() player!: Key<'Player'>;
  @Index() token!: string;
  @Expires() @Range() expiresAt!: Date;
  device?: { name: string; os: 'android' | 'ios' | 'linux' | 'macos' | 'windows' };
}
