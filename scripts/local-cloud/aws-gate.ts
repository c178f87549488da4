import type { IncomingMessage } from 'node:http';
import type { ApiAnswer } from './aws-api.ts';
import type { Permission } from './iam-policy.ts';
import { type JsonService, jsonRefusal } from './json-refusal.ts';
import type { Principal, Principals } from './principals.ts';

/** Who may pass, or the answer that refuses. */
export type Passage = { readonly principal: Principal } | { readonly refused: ApiAnswer };

/**
 * Holds a call of a service with JSON errors to the policies of whoever calls. The signature itself is not looked
 * at: that nobody forges one on this machine is taken for granted.
 * @param permissions what the call needs; undefined where the local cloud does not know. Not asked for the developer.
 */
export function admit(
  service: JsonService,
  { headers }: IncomingMessage,
  principals: Principals,
  permissions: () => readonly Permission[] | undefined,
): Passage {
  const [, accessKeyId] = /Credential=([^/, ]+)\//.exec(headers.authorization ?? '') ?? [];
  if (accessKeyId === undefined) {
    return { refused: jsonRefusal(service, 'noKey', 'Request is missing Authentication Token') };
  }
  const principal = principals(accessKeyId);
  if (!principal) {
    const message = 'The security token included in the request is invalid.';
    return { refused: jsonRefusal(service, 'unknownKey', message) };
  }
  if (principal.kind === 'developer') return { principal };
  const needed = permissions();
  if (!needed) {
    const operation = String(headers['x-amz-target'] ?? 'this');
    const message = `The local cloud doesn't know which permission a function needs for ${operation}.`;
    return { refused: jsonRefusal(service, 'unknownOperation', message) };
  }
  const refusal = principal.refusal(needed);
  return refusal === undefined ? { principal } : { refused: jsonRefusal(service, 'accessDenied', refusal) };
}
