/** Public keys of an issuer, as RFC 7517 section 5 has them. */
export interface PublicKeySet {
  readonly keys: readonly { readonly kty: string; readonly kid?: string; readonly alg?: string }[];
}

/** Where the keys are that tokens are verified with. */
export type JwtKeySource =
  | { readonly kind: 'secret'; readonly arn: string }
  | { readonly kind: 'url'; readonly url: URL }
  | { readonly kind: 'set'; readonly set: PublicKeySet };

/** What the variable of the functions says: the ARN of a secret, the URL of a key set, or the set itself. */
export function jwtKeySource(text: string): JwtKeySource {
  if (text.startsWith('{')) return { kind: 'set', set: JSON.parse(text) };
  if (/^https?:/.test(text)) return { kind: 'url', url: new URL(text) };
  return { kind: 'secret', arn: text };
}
