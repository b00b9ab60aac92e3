/** Users of a sync server by JSON Web Tokens, verified by jose. */
import type { SyncUser } from '@nuthatch/sync';
import { type CryptoKey, errors, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify, type KeyObject } from 'jose';

export interface JwtRules {
  /** A public key, a secret, or `createRemoteJWKSet(new URL('https://…/.well-known/jwks.json'))`. */
  readonly keys: CryptoKey | KeyObject | Uint8Array | JWTVerifyGetKey;
  readonly issuer: string;
  readonly audience: string;
  /** Name them: an attacker must not choose how a token is verified. */
  readonly algorithms: readonly string[];
}

/**
 * What `authenticate` of `serve` takes. The user is the token's `sub`, and the right to be connected ends with its `exp`.
 *
 * A token with any fault is refused. Keys that cannot be fetched are an error instead, so that replicas try again.
 */
export function authenticateJwt({ keys, issuer, audience, algorithms }: JwtRules) {
  const options: JWTVerifyOptions = { issuer, audience, algorithms: [...algorithms], requiredClaims: ['sub', 'exp'] };
  return async (token: string): Promise<SyncUser | undefined> => {
    try {
      const { payload } = await jwtVerify(token, keys as JWTVerifyGetKey, options);
      return { id: payload.sub as string, expiresAtMs: (payload.exp as number) * 1000 };
    } catch (error) {
      if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) throw error;
      return undefined;
    }
  };
}
