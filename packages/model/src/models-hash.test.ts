import { PLAYER } from '../test/player-model.js';
import { modelsHash } from './models-hash.js';

const CLUB = { ...PLAYER, name: 'Club', collection: 'club' };

describe('modelsHash', () => {
  it('does not depend on the order of the models', () => {
    expect(modelsHash([PLAYER, CLUB])).toBe(modelsHash([CLUB, PLAYER]));
  });

  it('differs for a changed field, a missing collection and another name', () => {
    const hashes = [
      modelsHash([]),
      modelsHash([PLAYER]),
      modelsHash([PLAYER, CLUB]),
      modelsHash([PLAYER, { ...CLUB, fields: CLUB.fields.slice(1) }]),
      modelsHash([PLAYER, { ...CLUB, collection: 'clubs' }]),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('never changes, since migrations in repositories hold it', () => {
    expect(modelsHash([])).toBe('bc7e41c85b64a81d9b5e55ceb8ae7369');
  });
});
