import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readClassMetadata } from '@nuthatch/model';
import { EXPECTED, shownMetadata } from './expected-metadata.js';
import { Captaincy, LongPassage, Membership, Passage, Player, Session, Timestamped } from './legacy-classes.js';

const CLASSES = { Captaincy, LongPassage, Membership, Passage, Player, Session };

describe('decorators in the legacy form', () => {
  it.each(Object.keys(EXPECTED) as (keyof typeof EXPECTED)[])('leave the metadata of %s', (name) => {
    expect(shownMetadata(CLASSES[name])).toEqual(EXPECTED[name]);
  });

  it('hand over the condition itself', () => {
    const nick = readClassMetadata(Player)!.indexes.find(({ name }) => name === 'nick')!;
    expect(nick.where!({ nick: 'a' } as never)).toBe(true);
    expect(nick.where!({} as never)).toBe(false);
  });

  it('leave a base class that is not a document without metadata', () => {
    expect(readClassMetadata(Timestamped)).toBeUndefined();
  });

  it('do not touch instances', () => {
    expect(Object.keys(new Membership())).toEqual(['createdAt', 'club', 'player', 'since', 'number']);
  });

  it('are tested on the same text as the TC39 form', () => {
    const text = (path: string) => readFileSync(join(__dirname, path), 'utf8').split('\n').slice(1).join('\n');
    expect(text('legacy-classes.ts')).toBe(text('tc39/tc39-classes.ts'));
  });
});
