import { LOCAL_USER, type LocalWaybill, mintToken } from '../local-waybill.ts';
import type { PatientClient } from './patient-client.ts';

export interface Users {
  readonly names: readonly string[];
  readonly tokenOf: (user: string) => string;
  /** What verifies the webhooks of the user. */
  readonly secretOf: (user: string) => string;
}

const NAMES = [LOCAL_USER, 'user-2', 'user-3', 'a/b', 'ünï-cødé', 'user-6', 'user-7', 'user-8'];

/** Users with real tokens, and the webhook secret that each is shown. */
export async function makeUsers(local: LocalWaybill, client: PatientClient): Promise<Users> {
  const tokens = new Map<string, string>();
  const secrets = new Map<string, string>();
  for (const name of NAMES) {
    const token = await mintToken(local.jwt, name);
    tokens.set(name, token);
    const { body } = await client.call('/webhook-secret', { headers: { authorization: `Bearer ${token}` } });
    secrets.set(name, body.secret ?? '');
  }
  return {
    names: NAMES,
    tokenOf: (user) => tokens.get(user) ?? '',
    secretOf: (user) => secrets.get(user) ?? '',
  };
}
