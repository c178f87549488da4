import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** What an identifier is a function of. */
export interface Identity {
  /** md5 of each upload and, when the request has `fields`, of those: 32 lower-case hex digits each, in any order. */
  readonly md5s: readonly string[];
  readonly templateId: string;
  /** The user id, or `tenant/user` where tenants are on. */
  readonly owner: string;
}

const hash = (algorithm: 'sha256' | 'md5', text: string): string =>
  createHash(algorithm).update(text, 'utf8').digest('hex');

/** The string that the identifier is the hash of; exported because its being parsable in one way only is tested. */
export const identityString = ({ md5s, templateId, owner }: Identity): string =>
  [...md5s].sort().join('') + templateId + owner;

/**
 * The id of an assembly: 64 lower-case hex digits, `sha256(sorted md5s + template id + owner)`, as seed 003 (Transflow)
 * writes it. That plain concatenation is ambiguous in general; the rules for template ids and owners make it parse
 * one way only (docs/decisions/0002-the-identifier.md).
 */
export const assemblyId = (identity: Identity): string => hash('sha256', identityString(identity));

/**
 * The RFC 8785 canonical JSON of `fields`: the same for any order of keys.
 * @throws Error for what has no canonical form; `whyNotCanonical` says so beforehand, with a place.
 */
export function canonicalFields(fields: unknown): string {
  const canonical = canonicalize(fields);
  if (canonical === undefined) throw new Error('fields have no canonical JSON form');
  return canonical;
}

/** md5 of canonical JSON: what stands for `fields` in the identity. */
export const fieldsMd5 = (canonical: string): string => hash('md5', canonical);

const ASSEMBLY_ID = /^[0-9a-f]{64}$/;

export const isAssemblyId = (text: string): boolean => ASSEMBLY_ID.test(text);
