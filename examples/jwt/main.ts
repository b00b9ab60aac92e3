/** Replicas that sign in with JSON Web Tokens: forged, renewed on the open connection, and ended. */
import { serve } from '@nuthatch/sync';
import { generateKeyPair, SignJWT } from 'jose';
import { authenticateJwt } from './authenticate-jwt.js';
import { openDatabase, openReplica } from './generated/index.js';

const [ISSUER, AUDIENCE, ALGORITHM] = ['https://login.example.org', 'notes', 'EdDSA'];
const LIFETIME_S = 4;

async function main(): Promise<void> {
  // Yours are made by your login service, which alone has the private key.
  const [login, somebody] = [await generateKeyPair(ALGORITHM), await generateKeyPair(ALGORITHM)];
  const tokenOf = (user: string, { privateKey } = login): Promise<string> =>
    new SignJWT()
      .setProtectedHeader({ alg: ALGORITHM })
      .setSubject(user)
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setExpirationTime(`${LIFETIME_S} s`)
      .sign(privateKey);

  await using db = await openDatabase({ memory: true });
  await db.note.insert({ owner: 'ben', text: 'a note of Ben' });
  await using server = await serve(db, {
    port: 0,
    authenticate: authenticateJwt({
      keys: login.publicKey,
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: [ALGORITHM],
    }),
    policy: ({ id }) => ({ note: { read: { owner: id }, write: ({ after }) => ownerOf(after) === id } }),
  });
  const open = (token: () => Promise<string>) =>
    openReplica({ memory: true, url: `ws://127.0.0.1:${server.port}`, token, subscribe: { note: true } });

  await using forger = await open(() => tokenOf('ben', somebody));
  await until(() => forger.connection.state === 'needs token');
  console.log('a token that somebody else signed:', forger.connection.error?.code);

  let isSignedIn = true;
  let tokenCount = 0;
  const ended = await tokenOf('ann');
  await using ann = await open(() => {
    if (!isSignedIn) return Promise.resolve(ended);
    tokenCount++;
    return tokenOf('ann');
  });
  await ann.connection.synced();
  console.log('Ann is signed in:', ann.connection.state, ann.note.size, 'notes');

  await until(() => tokenCount >= 3);
  console.log('her tokens end, and are renewed on the open connection:', ann.connection.state);

  isSignedIn = false;
  await until(() => ann.connection.state === 'needs token');
  await ann.note.insert({ owner: 'ann', text: 'written while signed out' });
  console.log('signed out, she goes on:', ann.connection.state, ann.outbox.size, 'unsent');

  isSignedIn = true;
  ann.connection.connect();
  await ann.connection.synced();
  console.log(
    'signed in again:',
    ann.connection.state,
    ann.outbox.size,
    'unsent;',
    db.note.findByOwner('ann').count(),
    'at the server',
  );
}

function ownerOf(note: object | undefined): string | undefined {
  return (note as { readonly owner?: string } | undefined)?.owner;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

main();
