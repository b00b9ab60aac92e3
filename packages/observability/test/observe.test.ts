import { hasSubscribers } from 'node:diagnostics_channel';
import { openPlayers, player } from '../../runtime/test/support/open-players.js';
import { type Observer, observe, observeAll } from '../src/index.js';

describe('observe', () => {
  it('hears messages and traces of one database until it is stopped', async () => {
    await using db = await openPlayers();
    await using other = await openPlayers();
    const heard: string[] = [];
    const observation = observe(db, {
      'nuthatch:flush': {
        start: () => heard.push('start'),
        asyncEnd: ({ durationMs }) => heard.push(typeof durationMs),
      },
      'nuthatch:listener-error': () => heard.push('error'),
    });
    await other.flush();
    await db.flush();
    observation.stop();
    await db.flush();
    expect(heard).toEqual(['start', 'number']);
    expect(hasSubscribers('nuthatch:listener-error')).toBe(false);
  });

  it('hears every database of the process by observeAll', async () => {
    const names: string[] = [];
    using _ = observeAll({ 'nuthatch:open': { start: ({ name }) => names.push(name) } });
    for (const name of ['one', 'two']) await (await openPlayers({ memory: true, name })).close();
    expect(names).toEqual(['one', 'two']);
  });

  it('turns what a listener throws, or rejects with, into a warning of the process', async () => {
    const warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    await using db = await openPlayers();
    using _ = observe(db, {
      'nuthatch:flush': {
        start: () => {
          throw new Error('mine');
        },
        asyncEnd: async () => Promise.reject(new Error('mine')),
      },
    });
    await db.player.insert(player('a'));
    await db.flush();
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toHaveBeenCalledTimes(2);
    warnings.mockRestore();
  });

  it.each<[string, object]>([
    ['a listener that is not a function', { 'nuthatch:commit': 5 }],
    ['null for a listener', { 'nuthatch:commit': null }],
    ['a trace without listeners', { 'nuthatch:flush': {} }],
    ['a phase there is not', { 'nuthatch:flush': { begin: () => undefined } }],
    ['a channel there is not', { 'nuthatch:comit': () => undefined }],
    ['a function for a trace', { 'nuthatch:flush': () => undefined }],
    ['null for all listeners', null as unknown as object],
    ['a text for all listeners', 'nuthatch:commit' as unknown as object],
    ['phases for a message', { 'nuthatch:commit': { start: () => undefined } }],
  ])('refuses %s', (_, observer) => {
    expect(() => observeAll(observer as Observer)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it('refuses what is not a database', () => {
    for (const db of [{}, null, undefined, 5, 'db'])
      expect(() => observe(db as object, {})).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});
