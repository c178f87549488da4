const MASK = '[masked]';

/** Longer texts are bodies, or quote them. */
const MAX_TEXT = 4_000;

/**
 * What gives somebody rights, wherever it stands in a text. Each is written so that it cannot backtrack far: the texts of
 * errors may come from strangers.
 */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  // The query of any URL: signatures of S3, links to results, and the receivers' own keys in a webhook_url. Before an @, a password.
  [/(\bhttps?:\/\/)[^\s/?#@"'<>]*@/gi, `$1${MASK}@`],
  [/(\bhttps?:\/\/[^\s?#"'<>]*)[?#][^\s"'<>]*/gi, `$1?${MASK}`],
  // Headers, as text or as JSON within a text.
  [
    /\b((?:proxy-)?authorization|(?:set-)?cookie|x-webhook-secret|x-api-key|x-amz-security-token)(\\?["']?\s*[:=]\s*(?:\[\s*)?\\?["']?)[^\r\n"'\\]+/gi,
    `$1$2${MASK}`,
  ],
  [/\b(bearer(?:\s|%20|\+)+)[^\s"',;<>\\]+/gi, `$1${MASK}`],
  // A JWT: its header is JSON, so that it begins with {" in base64. Before it may stand %20 or an underscore.
  [/(?<![A-Za-z])eyJ[\w-]{5,}(?:\.[\w-]*){1,4}/g, MASK],
  // A part of a query, encoded once more or not, and S3's own words for it.
  [/\b(x-amz-[a-z-]+|sig|signature|credential|awsaccesskeyid)(=|%3d)[^&\s"',;<>\\]+/gi, `$1$2${MASK}`],
  // A secret of ours, as Secrets Manager has it.
  [/\b(current|previous)(\\*["']?:\s*\\*["'])[^"'\\]{16,}/g, `$1$2${MASK}`],
  // Secrets of webhooks, and what they sign: Standard Webhooks and x-transflow-signature.
  [/\bwhsec_[\w+/=-]+/g, `whsec_${MASK}`],
  [/\b(v1a?),[\w+/-]{20,}={0,2}/g, `$1,${MASK}`],
  [/\b(sha256)=[0-9a-f]{32,}/gi, `$1=${MASK}`],
];

/** The text without what must not be in a log. */
export function maskSecrets(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  return SECRETS.reduce((masked, [secret, mask]) => masked.replace(secret, mask), cut);
}
