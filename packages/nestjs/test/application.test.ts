/** Real Nest applications over real databases. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import { Body, Controller, Get, Inject, Injectable, Module, Param, Post } from '@nestjs/common';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import {
  getDatabaseToken,
  getRepositoryToken,
  InjectDatabase,
  InjectRepository,
  NuthatchModule,
} from '@nuthatch/nestjs';
import { NuthatchHealthIndicator } from '@nuthatch/nestjs/terminus';
import {
  type ClubRepository,
  type NuthatchDatabase,
  openDatabase,
  type PlayerRepository,
} from '../../../generated/index.js';
import { Club } from '../../../schemas/club.js';
import { Player } from '../../../schemas/player.js';

@Injectable()
class Players {
  constructor(
    @InjectRepository(Player) readonly players: PlayerRepository,
    @InjectDatabase() readonly db: NuthatchDatabase,
  ) {}

  add(id: string): Promise<unknown> {
    return this.players.insert({ id, email: `${id}@x.io`, age: 30, name: id });
  }
}

@Controller('players')
class PlayersController {
  constructor(@Inject(Players) readonly service: Players) {}

  @Post()
  async add(@Body() body: { readonly id: string }): Promise<unknown> {
    await this.service.add(body.id);
    return { ok: true };
  }

  @Get(':id')
  get(@Param('id') id: string): unknown {
    return this.service.players.require(id);
  }
}

@Module({
  imports: [NuthatchModule.forFeature([Player])],
  controllers: [PlayersController],
  providers: [Players],
})
class PlayersModule {}

describe('an application with a database', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'nuthatch-nest-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('injects repositories and database, serves from them, and closes the database when it ends', async () => {
    const open = (): Promise<NuthatchDatabase> => openDatabase({ directory });
    const testing = await Test.createTestingModule({
      imports: [NuthatchModule.forRoot({ open }), PlayersModule],
    }).compile();
    const app = testing.createNestApplication();
    await app.listen(0, '127.0.0.1');
    const url = `${await app.getUrl()}/players`;
    const headers = { 'content-type': 'application/json' };
    expect(await (await fetch(url, { method: 'POST', headers, body: '{"id":"ann"}' })).json()).toEqual({ ok: true });
    expect(await (await fetch(`${url}/ann`)).json()).toMatchObject({ id: 'ann', email: 'ann@x.io', age: 30 });
    const { db } = app.get(Players);
    expect(app.get(getDatabaseToken())).toBe(db);
    expect(app.get(getRepositoryToken(Player), { strict: false })).toBe(db.player);
    await app.close();
    expect(db.state).toBe('closed');
    const again = await openDatabase({ directory });
    expect([again.player.size, again.recovery?.isClean]).toEqual([1, true]);
    await again.close();
  });

  it('opens by what other providers say, and keeps several databases apart by name', async () => {
    @Module({ providers: [{ provide: 'directory', useValue: directory }], exports: ['directory'] })
    class ConfigModule {}
    @Injectable()
    class Both {
      constructor(
        @InjectRepository(Player) readonly main: PlayerRepository,
        @InjectRepository(Player, 'archive') readonly archive: PlayerRepository,
        @InjectRepository(Club, 'archive') readonly clubs: ClubRepository,
      ) {}
    }
    const testing = await Test.createTestingModule({
      imports: [
        NuthatchModule.forRootAsync({
          imports: [ConfigModule],
          inject: ['directory'],
          useFactory: (path: string) => openDatabase({ directory: join(path, 'main') }),
        }),
        NuthatchModule.forRoot({ name: 'archive', open: () => openDatabase({ memory: true }) }),
        NuthatchModule.forFeature([Player]),
        NuthatchModule.forFeature([Player, Club], 'archive'),
      ],
      providers: [Both],
    }).compile();
    const app = await testing.createNestApplication().init();
    const { main, archive, clubs } = app.get(Both);
    await main.insert({ id: 'p1', email: 'a@x.io', age: 1, name: 'A' });
    expect([main.size, archive.size, clubs.size, existsSync(join(directory, 'main'))]).toEqual([1, 0, 0, true]);
    await app.close();
  });

  it('starts not at all when the database cannot be opened', async () => {
    const holder = await openDatabase({ directory });
    const open = (): Promise<NuthatchDatabase> => openDatabase({ directory });
    const starting = Test.createTestingModule({ imports: [NuthatchModule.forRoot({ open }), PlayersModule] }).compile();
    await expect(starting).rejects.toMatchObject({ code: 'DATABASE_LOCKED' });
    await holder.close();
  });

  it('tells terminus how it is', async () => {
    @Injectable()
    class Health {
      constructor(
        @Inject(HealthCheckService) readonly health: HealthCheckService,
        @Inject(NuthatchHealthIndicator) readonly nuthatch: NuthatchHealthIndicator,
      ) {}
    }
    const testing = await Test.createTestingModule({
      imports: [
        NuthatchModule.forRoot({ open: () => openDatabase({ directory }) }),
        TerminusModule.forRoot({ logger: false }),
      ],
      providers: [Health, NuthatchHealthIndicator],
    }).compile();
    const app = await testing.createNestApplication().init();
    const { health, nuthatch } = app.get(Health);
    const well = await health.check([() => nuthatch.isHealthy('database')]);
    expect(well).toMatchObject({
      status: 'ok',
      info: { database: { status: 'up', state: 'open', pendingTransactionCount: 0 } },
    });
    await app.get<NuthatchDatabase>(getDatabaseToken()).close();
    const ill = health.check([() => nuthatch.isHealthy('database')]);
    await expect(ill).rejects.toMatchObject({
      response: { status: 'error', error: { database: { state: 'closed' } } },
    });
    await app.close();
  });
});

describe('what the module is given', () => {
  class Stranger {}

  it.each<[string, () => unknown, RegExp]>([
    ['no options', () => NuthatchModule.forRoot(undefined as never), /expected a function `open`/],
    [
      'no function to open by',
      () => NuthatchModule.forRoot({ open: 5 } as never),
      /expected a function `open`, found 5/,
    ],
    ['no factory', () => NuthatchModule.forRootAsync({} as never), /expected a function `useFactory`/],
    [
      'a name that is not a text',
      () => NuthatchModule.forRoot({ open: () => openDatabase({ memory: true }), name: 5 } as never),
      /name of a database/,
    ],
    ['an empty name', () => getDatabaseToken(''), /name of a database/],
    ['one class instead of a list', () => NuthatchModule.forFeature(Player as never), /array of document classes/],
    [
      'a class that an import circle has left undefined',
      () => NuthatchModule.forFeature([undefined] as never),
      /import each other/,
    ],
  ])('is refused at once: %s', (_, work, text) => {
    expect(work).toThrow(text);
    expect(work).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it.each<[string, () => unknown, RegExp]>([
    ['what opens gives no database', () => undefined, /expected `open` to give a database/],
    ['what opens gives another object', () => ({ close: async () => undefined }), /openDatabase/],
  ])('is refused when the application starts: %s', async (_, open, text) => {
    const starting = Test.createTestingModule({ imports: [NuthatchModule.forRoot({ open } as never)] }).compile();
    await expect(starting).rejects.toThrow(text);
  });

  it('is refused when the application starts: a class of no database, which names those it has', async () => {
    const db = await openDatabase({ memory: true });
    const starting = Test.createTestingModule({
      imports: [NuthatchModule.forRoot({ open: () => db }), NuthatchModule.forFeature([Stranger])],
    }).compile();
    await expect(starting).rejects.toThrow(/Stranger is not a class of the database default, which has .*Player/);
    await db.close();
  });
});
