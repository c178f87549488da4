import { createHash, randomBytes } from 'node:crypto';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Everybody whom the local cloud knows. A service that verifies signatures asks here for the secret. */
export interface AccessKeys {
  /** For the programs that the developer runs beside the local cloud. */
  readonly developer: AccessKey;
  forFunction(name: string): AccessKey;
  secretOf(accessKeyId: string): string | undefined;
}

export function createAccessKeys(): AccessKeys {
  const secrets = new Map<string, string>();
  const known = (key: AccessKey): AccessKey => {
    secrets.set(key.accessKeyId, key.secretAccessKey);
    return key;
  };
  return {
    developer: known({
      accessKeyId: 'LOCALDEVELOPER000000',
      secretAccessKey: randomBytes(30).toString('base64url'),
    }),
    forFunction: (name) => known(functionKey(name)),
    secretOf: (accessKeyId) => secrets.get(accessKeyId),
  };
}

/** A key of its own for each function, the same at each start, so that a service can tell who calls. */
function functionKey(name: string): AccessKey {
  const digest = createHash('sha256').update(name).digest('hex').toUpperCase();
  return { accessKeyId: `LOCAL${digest.slice(0, 15)}`, secretAccessKey: digest.slice(15, 55) };
}
