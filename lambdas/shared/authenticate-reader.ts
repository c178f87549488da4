import { type Sight, sightOf } from '../../lib/domain/owner.ts';
import {
  authenticateMachine,
  authenticateUser,
  type Headers,
  MACHINE_SECRET_HEADER,
} from './authenticate.ts';

type Jwt = Parameters<typeof authenticateUser>[1];
type ReadSecret = Parameters<typeof authenticateMachine>[1];

/**
 * Whose assemblies the caller may read: a user's token shows their own; that of an operator, and the machine's read secret,
 * those of its tenant, or all.
 */
export async function authenticateReader(headers: Headers, jwt: Jwt, readSecret: ReadSecret): Promise<Sight> {
  if (headers[MACHINE_SECRET_HEADER] === undefined) return sightOf(await authenticateUser(headers, jwt));
  return authenticateMachine(headers, readSecret);
}
