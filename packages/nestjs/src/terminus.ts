/** A health indicator for `@nestjs/terminus`; apart, so that applications without it need not install it. */
import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import type { OpenDatabase } from './module-options.js';
import { getDatabaseToken } from './tokens.js';

interface CountedDatabase extends OpenDatabase {
  stats(): { readonly pendingTransactionCount: number; readonly journal: { readonly diskBytes: number } };
}

@Injectable()
export class NuthatchHealthIndicator {
  readonly #health: HealthIndicatorService;
  readonly #modules: ModuleRef;

  constructor(@Inject(HealthIndicatorService) health: HealthIndicatorService, @Inject(ModuleRef) modules: ModuleRef) {
    this.#health = health;
    this.#modules = modules;
  }

  /**
   * Up while the database takes writes. A database whose journal failed is down, though it still answers reads: its
   * process has to be restarted once the disk is mended. O(collections), no I/O.
   *
   * @param key under which the result stands.
   * @param name of the database, as given to `forRoot`.
   */
  isHealthy<const Key extends string>(key: Key, name?: string): HealthIndicatorResult<Key> {
    const db = this.#modules.get<CountedDatabase>(getDatabaseToken(name), { strict: false });
    const check = this.#health.check(key);
    const { state } = db;
    if (state !== 'open') return check.down({ state });
    const { pendingTransactionCount, journal } = db.stats();
    return check.up({ state, pendingTransactionCount, diskBytes: journal.diskBytes });
  }
}
