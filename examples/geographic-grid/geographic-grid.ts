/**
 * An index of our own, outside the engine: a grid over longitude and latitude, for places near a point.
 *
 * The globe is cut into cells of one degree. A search looks at the cells that a circle around the point can touch
 * (across the date line, and all around near a pole) and sorts what is in them by true distance.
 */
import { DatabaseError, type PluginIndex } from '@nuthatch/runtime';

/** What the grid needs of a document. */
export interface Place {
  /** Degrees, -180 to 180. */
  readonly longitude: number;
  /** Degrees, -90 to 90. */
  readonly latitude: number;
}

export interface NearQuery extends Place {
  readonly radiusKm: number;
  /** Most places to give; default all. */
  readonly limit?: number;
}

export interface NearPlace<P extends Place> {
  readonly place: P;
  readonly distanceKm: number;
}

const EARTH_RADIUS_KM = 6371.0088;
const KM_PER_DEGREE = (Math.PI / 180) * EARTH_RADIUS_KM;
const COLUMN_COUNT = 360;
const ROW_COUNT = 180;

export class GeographicGrid<P extends Place, K> implements PluginIndex<P, K> {
  readonly name: string;
  readonly #cells = new Map<number, Map<K, P>>();

  constructor(name: string = 'geographicGrid') {
    this.name = name;
  }

  /** @throws DatabaseError `INVALID_INDEX_VALUE` for what is no place on the globe: the write is then refused. */
  insert(place: P, key: K): void {
    const cell = cellOf(place);
    const places = this.#cells.get(cell);
    if (places === undefined) this.#cells.set(cell, new Map([[key, place]]));
    else places.set(key, place);
  }

  update(before: P, after: P, key: K): void {
    const cell = cellOf(after);
    if (cell !== cellOf(before)) this.remove(before, key);
    this.insert(after, key);
  }

  remove(place: P, key: K): void {
    const cell = cellOf(place);
    const places = this.#cells.get(cell);
    places?.delete(key);
    if (places?.size === 0) this.#cells.delete(cell);
  }

  rebuild(places: Iterable<readonly [place: P, key: K]>): void {
    this.#cells.clear();
    for (const [place, key] of places) this.insert(place, key);
  }

  /** Places within the radius, nearest first. O(places in the cells the circle touches). */
  near({ longitude, latitude, radiusKm, limit = Number.POSITIVE_INFINITY }: NearQuery): NearPlace<P>[] {
    const centre = { longitude, latitude };
    const found: NearPlace<P>[] = [];
    for (const cell of cellsAround(centre, radiusKm)) {
      for (const place of this.#cells.get(cell)?.values() ?? []) {
        const distanceKm = distanceInKm(centre, place);
        if (distanceKm <= radiusKm) found.push({ place, distanceKm });
      }
    }
    return found.sort((a, b) => a.distanceKm - b.distanceKm).slice(0, limit);
  }
}

/** Great-circle distance on a sphere (haversine). */
export function distanceInKm(from: Place, to: Place): number {
  const half = (a: number, b: number): number => Math.sin(radians(b - a) / 2) ** 2;
  const scale = Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude));
  const chord = half(from.latitude, to.latitude) + scale * half(from.longitude, to.longitude);
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(chord)));
}

function* cellsAround(centre: Place, radiusKm: number): Iterable<number> {
  // A little more than the circle, so that rounding never leaves out a cell.
  const degrees = radiusKm / KM_PER_DEGREE + 1e-6;
  const south = rowOf(Math.max(-90, centre.latitude - degrees));
  const north = rowOf(Math.min(90, centre.latitude + degrees));
  const [west, columns] = columnsAround(centre, degrees);
  for (let row = south; row <= north; row++) {
    for (let step = 0; step < columns; step++) yield row * COLUMN_COUNT + wrapped(west + step);
  }
}

/** The westernmost column a circle touches, and how many go on from it to the east. */
function columnsAround({ longitude, latitude }: Place, degrees: number): readonly [west: number, count: number] {
  // Where the circle holds a pole it goes all around.
  if (Math.abs(latitude) + degrees >= 90) return [0, COLUMN_COUNT];
  // Half the width of the circle at the meridians it touches, which lie nearer to the pole than its centre.
  const halfWidth = (Math.asin(Math.sin(radians(degrees)) / Math.cos(radians(latitude))) * 180) / Math.PI + 1e-6;
  const west = Math.floor(longitude - halfWidth + 180);
  const east = Math.floor(longitude + halfWidth + 180);
  return [west, Math.min(COLUMN_COUNT, east - west + 1)];
}

function cellOf({ longitude, latitude }: Place): number {
  if (!(Math.abs(longitude) <= 180) || !(Math.abs(latitude) <= 90)) {
    const what = `there is no place at longitude ${longitude} and latitude ${latitude}`;
    throw new DatabaseError('INVALID_INDEX_VALUE', what, { longitude, latitude });
  }
  return rowOf(latitude) * COLUMN_COUNT + wrapped(Math.floor(longitude + 180));
}

/** The pole itself belongs to the last row. */
function rowOf(latitude: number): number {
  return Math.min(ROW_COUNT - 1, Math.floor(latitude + 90));
}

/** Longitude 180 is longitude -180. */
function wrapped(column: number): number {
  return ((column % COLUMN_COUNT) + COLUMN_COUNT) % COLUMN_COUNT;
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
