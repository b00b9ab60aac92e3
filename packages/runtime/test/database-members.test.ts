import { DATABASE_MEMBERS } from '@nuthatch/model';
import { Database } from '../src/database/database.js';

describe('names that a collection cannot have', () => {
  it('include every member of the database, so that the generator refuses what the engine would', () => {
    const members = Object.getOwnPropertyNames(Database.prototype);
    expect(members.filter((name) => !DATABASE_MEMBERS.has(name))).toEqual([]);
  });
});
