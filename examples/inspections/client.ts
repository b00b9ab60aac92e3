/** A client's program: a replica of the server's database, and what its user does with it. */
import { createHash, randomBytes } from 'node:crypto';
import { DatabaseError } from '@nuthatch/runtime';
import { type Inspection, type NuthatchReplica, openReplica } from './generated/index.js';

/** What a user can do; each answer is plain data, since it goes to another process. */
export type Actions = ReturnType<typeof actionsOf>;

export interface ClientOptions {
  readonly url: string;
  readonly directory: string;
  readonly user: string;
  /** Begins without a network. */
  readonly isOffline: boolean;
}

/** @param tell is called with what the user sees without asking. */
export async function openClient(options: ClientOptions, tell: (line: string) => void): Promise<Actions> {
  const { url, directory, user, isOffline } = options;
  const db = await openReplica({
    url,
    directory,
    application: 'inspections',
    token: `token-of-${user}`,
    subscribe: { machine: true, inspection: true },
    maxRetryMs: 200,
  });
  if (isOffline) db.connection.disconnect();
  db.inspection.subscribe(({ kind, after, before }) => {
    const inspection = after ?? before;
    if (inspection?.inspector === user) return;
    tell(`${user} sees: ${kind} of ${inspection?.inspector}'s inspection of ${inspection?.machine}`);
  });
  return actionsOf(db, user);
}

function actionsOf(db: NuthatchReplica, user: string) {
  return {
    /** Waits until everything has gone both ways. */
    sync: () => db.connection.synced(),
    goOffline: async () => db.connection.disconnect(),
    comeBack: async () => {
      db.connection.connect();
      await db.connection.synced();
    },
    status: async () => ({ state: db.connection.state, unsent: db.outbox.size, conflicts: db.conflicts.size }),

    checkOut: (machine: string, offlineHours: number) =>
      codeOf(async () => {
        const offlineUntil = new Date(Date.now() + offlineHours * 3_600_000);
        await db.machine.checkOut(machine, { offlineUntil });
      }),
    checkIn: (machine: string) => codeOf(() => db.machine.checkIn(machine)),
    describe: (machine: string, state: 'in service' | 'needs repair', note: string) =>
      codeOf(() => db.machine.update(machine, { state, note })),

    begin: async (machine: string, ...titles: string[]) => {
      const { id } = await db.inspection.insert({
        machine,
        inspector: user,
        checks: titles.map((title) => ({ title })),
      });
      return id;
    },
    check: (id: string, title: string, isOk: boolean, remark?: string) =>
      codeOf(() =>
        db.inspection.update(id, ({ checks }) => ({
          checks: checks.map((check) =>
            check.title === title ? { ...check, isOk, ...(remark !== undefined && { remark }) } : check,
          ),
        })),
      ),
    /** Offline too: the bytes wait in the replica, and are at the server before the document that refers to them. */
    photograph: (id: string, byteCount: number) =>
      codeOf(async () => {
        const photo = await db.blobs.put(randomBytes(byteCount), { mediaType: 'image/jpeg' });
        await db.inspection.update(id, ({ photos }) => ({ photos: [...photos, photo] }));
      }),
    /** Brings the bytes here, piece by piece, if they are not here yet. */
    viewPhotos: async (id: string) => {
      const seen: { readonly size: number; readonly mediaType: string; readonly isWhole: boolean }[] = [];
      for (const photo of db.inspection.get(id)?.photos ?? []) {
        const hash = createHash('sha256');
        for await (const piece of db.blobs.read(photo)) hash.update(piece);
        seen.push({ size: photo.size, mediaType: photo.mediaType, isWhole: hash.digest('hex') === photo.hash });
      }
      return seen;
    },
    read: async (id: string) => db.inspection.get(id)?.checks.map(lineOf) ?? [],

    conflicts: async () =>
      db.conflicts.all().flatMap(({ number, code, edits }) =>
        edits.map(({ base, mine, theirs }) => ({
          ...{ number, code },
          ...{ base: linesOf(base), mine: linesOf(mine), theirs: linesOf(theirs) },
        })),
      ),
    /** Takes each line from the side that filled it in: nothing that anybody found is lost. */
    mergeConflict: (number: number) =>
      db.conflicts.resolve(number, (tx, { edits }) => {
        for (const { key, mine, theirs } of edits) {
          const ours = (mine as Inspection | undefined)?.checks ?? [];
          const checks = ((theirs as Inspection | undefined)?.checks ?? []).map((check) =>
            check.isOk === undefined ? (ours.find(({ title }) => title === check.title) ?? check) : check,
          );
          tx.inspection.update(key as string, { checks });
        }
      }),
    close: () => db.close(),
  };
}

/** `done`, or the code of the refusal. */
async function codeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'done';
  } catch (error) {
    if (!DatabaseError.is(error)) throw error;
    return error.code;
  }
}

function linesOf(inspection: object | undefined): string {
  return (inspection as Inspection | undefined)?.checks.map(lineOf).join(', ') ?? 'nothing';
}

function lineOf({ title, isOk, remark }: Inspection['checks'][number]): string {
  const mark = isOk === undefined ? 'open' : isOk ? 'ok' : 'BAD';
  return `${title} ${mark}${remark === undefined ? '' : ` (${remark})`}`;
}
