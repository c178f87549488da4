import type { CapturedLine, CapturedLogs } from './captured-logs.ts';
import { faultsOfMetrics } from './faults-of-metrics.ts';

/** What must not be in a log, by its look. */
const PATTERNS: Readonly<Record<string, RegExp>> = {
  'a JWT': /eyJ[\w-]+\.eyJ[\w-]+/,
  'a bearer token': /\bbearer\s+[\w.~+/-]{16,}/i,
  'a presigned URL': /x-amz-(signature|credential|security-token)(=|%3d|"\s*:|\\"\s*:)(?!\[masked\])/i,
  'a result link': /[?&]sig=(?!\[masked\])/,
  'a webhook secret': /\bwhsec_(?!\[masked\])/,
  'a secret header': /x-webhook-secret["\\]*\s*[:=](?!\s*["\\]*\[masked\])/i,
  'a webhook signature': /\bv1,[A-Za-z0-9+/]{43}=/,
  'a signature of the body': /\bsha256=[0-9a-f]{64}/,
  'an AWS signature': /AWS4-HMAC-SHA256\s+Credential=(?!\[masked\])/,
};

/** Shorter words are no secrets of ours. */
const MIN_WORD = 16;
const words = (text: string): string[] => text.split(/[^\w+/-]+/).filter((word) => word.length >= MIN_WORD);

const encodings = (secret: string): string[] => {
  const bytes = Buffer.from(secret);
  return [
    secret,
    encodeURIComponent(secret),
    ...(['base64', 'base64url', 'hex'] as const).map((each) => bytes.toString(each).replace(/=+$/, '')),
  ];
};

export interface LogChecker {
  /** What is wrong with the line, in words that do not repeat it. */
  faultsOf(captured: CapturedLine): string[];
}

/**
 * @param secrets of deployments: looked for in every encoding and anywhere in a line
 * @param signatures of tokens, links and webhooks, thousands of them: looked for as words
 */
export function logChecker(secrets: readonly string[], signatures: CapturedLogs['signatures']): LogChecker {
  const hidden = [...new Set(secrets.flatMap(encodings))];
  const signed = new Set(signatures.flatMap(words));
  return {
    faultsOf({ source, line }) {
      const patterns = Object.entries(PATTERNS).filter(([, pattern]) => pattern.test(line));
      return [
        ...patterns.map(([what]) => `shows ${what}`),
        ...(hidden.some((secret) => line.includes(secret)) ? ['shows a secret of the deployment'] : []),
        ...(words(line).some((word) => signed.has(word)) ? ['shows a signature or secret of this run'] : []),
        ...faultsOfRecord(source, recordOf(line)),
      ];
    },
  };
}

/** The JSON of a line, which has the function's name before it where a local cloud gives it. */
export function recordOf(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line.slice(Math.max(0, line.indexOf('{"'))));
  } catch {
    return undefined;
  }
}

function faultsOfRecord(source: string, record: Record<string, unknown> | undefined): string[] {
  if (record === undefined) return [];
  if ('_aws' in record) return faultsOfMetrics(record);
  // Within a test nobody asks over HTTP, and Lambda is not there.
  if (source.startsWith('test ') || record.service !== 'waybill') return [];
  return ['request_id', 'function_name']
    .filter((key) => typeof record[key] !== 'string')
    .map((key) => `has no ${key}`);
}
