import * as z from 'zod';

/** Members of a JWK that only who signs may know. Source: RFC 7518 sections 6.2.2, 6.3.2 and 6.4, RFC 8037 section 2. */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
/** What makes a public key of each type. */
const MEMBERS = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'] } as const;
/** In base64url: RFC 7518 section 3.3 asks for 2,048 bits of RSA. */
const MIN_RSA_MODULUS_LENGTH = 342;
/** All variables of a function have 4 KB together. */
const MAX_KEY_SET_BYTES = 2_048;

const publicKey = z
  .looseObject({
    kty: z.enum(['RSA', 'EC', 'OKP'], { error: 'must be RSA, EC or OKP' }),
    kid: z.string().min(1).optional(),
    alg: z.string().min(1).optional(),
    n: z.string().min(MIN_RSA_MODULUS_LENGTH, 'must have 2048 bits at least').optional(),
  })
  .refine(
    (key) => MEMBERS[key.kty].every((member) => typeof key[member] === 'string'),
    'is not whole: RSA has n and e, EC has crv, x and y, OKP has crv and x',
  )
  .refine(
    (key) => !PRIVATE_MEMBERS.some((member) => member in key),
    'is a private key: give its public part',
  );

const KEY_SET_FORM = 'must be a key set, {"keys":[…]} with one public key or more (RFC 7517)';

/** The public keys of an issuer, as RFC 7517 section 5 has them. */
const publicKeySet = z
  .object({ keys: z.array(publicKey, KEY_SET_FORM).min(1, KEY_SET_FORM) }, KEY_SET_FORM)
  .refine(
    (set) => Buffer.byteLength(JSON.stringify(set)) <= MAX_KEY_SET_BYTES,
    `may have ${MAX_KEY_SET_BYTES} bytes at most: give the URL of the set`,
  );

const MISSING_JWT =
  'Say how the tokens of your users are verified: set "jwt" to "generated" for a random HS256 secret that the stack ' +
  'makes, to the ARN of a Secrets Manager secret {"current": "…"} that holds yours, to the https:// URL of the key set ' +
  'of your issuer, or to that key set, in the context of cdk.json or with "-c jwt=generated".';

/** Of an issuer: https, or on the same machine as the local cloud. */
const KEY_SET_URL = /^(https:\/\/[^\s@#]+|http:\/\/127\.0\.0\.1(:\d+)?\/[^\s@#]*)$/;

/** An object in cdk.json; with `-c` it comes as text. */
const keySet = z.preprocess(
  (given) => (typeof given === 'string' && given.startsWith('{') ? parseJson(given) : given),
  publicKeySet,
);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const SECRET_ARN = /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/;

/** Whether it is the full ARN of a secret: the short one is as good as a name, and grants nothing. */
export const isSecretArn = (text: string): boolean => SECRET_ARN.test(text);

const isKeySetUrl = (text: string): boolean => KEY_SET_URL.test(text) && URL.canParse(text);

/** Which of them is meant is told by its form, so that a fault in a key set is named and not only that nothing fits. */
export const jwtSetting = z.unknown().transform((given, context) => {
  if (typeof given === 'string' && !given.startsWith('{')) {
    if (given === 'generated' || isSecretArn(given) || isKeySetUrl(given)) return given;
  } else if (given !== undefined && given !== null) {
    const parsed = keySet.safeParse(given);
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues)
      context.addIssue({ code: 'custom', path: [...path], message });
    return z.NEVER;
  }
  context.addIssue({ code: 'custom', message: MISSING_JWT });
  return z.NEVER;
});
