import type { OwnErrorCode } from './own-errors.ts';

/** What the text of an error can say. */
export type ReadCode = Extract<
  OwnErrorCode,
  'connection_failed' | 'file_unreadable' | 'csv_malformed' | 'data_invalid' | 'worker_crashed'
>;

/**
 * The patterns of seed 001 (facnet), parts of words in lower case. The order is the seed's and decides where several fit: a
 * "worker timeout" is a timeout, and a "connection lost while reading the CSV" is no fault of the file.
 */
export const PATTERNS: readonly (readonly [ReadCode, readonly string[]])[] = [
  ['connection_failed', ['redis', 'connection', 'econnrefused', 'timeout', 'network']],
  ['file_unreadable', ['file not found', 'enoent', 'encoding', 'cannot read', 'fichier']],
  ['csv_malformed', ['csv', 'parse', 'invalid format', 'malformed', 'colonnes']],
  ['data_invalid', ['validation', 'règle', 'invalid data', 'constraint']],
  ['worker_crashed', ['worker', 'crash', 'out of memory', 'killed', 'sigterm', 'sigkill']],
];

/**
 * What the system itself calls an error says more than a sentence, which may have the name of a file in it. Beyond the seed's
 * ECONNREFUSED and ENOENT, those of the same kinds: none of their texts has a word of the seed's.
 */
const SYSTEM_CODES: readonly (readonly [ReadCode, RegExp])[] = [
  [
    'connection_failed',
    /^(ECONN(REFUSED|RESET|ABORTED)|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|E(HOST|NET)UNREACH|UND_ERR_(SOCKET|\w+_TIMEOUT))$/,
  ],
  ['file_unreadable', /^(ENOENT|ERR_ENCODING_INVALID_ENCODED_DATA)$/],
  ['csv_malformed', /^CSV_/],
  ['worker_crashed', /^(ENOMEM|ENOSPC|ERR_WORKER_OUT_OF_MEMORY)$/],
];

/** Mistakes in a program. What they say is about its variables, and not about anybody's file. */
const PROGRAMMING_ERRORS = new Set([
  'TypeError',
  'ReferenceError',
  'RangeError',
  'SyntaxError',
  'EvalError',
  'URIError',
]);
/** The same, handed on as the text of another error. It would fit "cannot read". */
const NO_SUCH_PROPERTY = /cannot (read|set) propert/i;

/** Causes have causes, and may go in a circle. */
const MAX_LINKS = 10;

/**
 * What an error is about that nobody has named, by its system codes and its text, with those of its causes. Undefined where
 * they say nothing, or where a mistake in the program is at the bottom of it. It is a guess, good enough to tell people where
 * to look and for nothing else. Never throws.
 */
export function classifyError(thrown: unknown): ReadCode | undefined {
  try {
    const links = linksOf(thrown);
    const bottom = links.toReversed();
    for (const { code } of bottom) {
      const known = SYSTEM_CODES.find(([, pattern]) => pattern.test(code));
      if (known) return known[0];
    }
    if (bottom[0]?.isMistake) return undefined;
    return classifyText(
      links
        .filter(({ isMistake }) => !isMistake)
        .map(({ text }) => text)
        .join('\n'),
    );
  } catch {
    // A getter or a proxy that throws: it has nothing to say.
    return undefined;
  }
}

/** The same of a text alone. */
export function classifyText(text: string): ReadCode | undefined {
  // Some systems write an accent as a letter of its own.
  const plain = text.normalize('NFC').toLowerCase();
  return PATTERNS.find(([, patterns]) => patterns.some((pattern) => plain.includes(pattern)))?.[0];
}

interface Link {
  readonly code: string;
  readonly text: string;
  readonly isMistake: boolean;
}

/** The error and its causes, from the outside in. */
function linksOf(thrown: unknown): Link[] {
  const links: Link[] = [];
  let current = thrown;
  while (current !== undefined && current !== null && links.length < MAX_LINKS) {
    links.push(linkOf(current));
    current = typeof current === 'object' ? (current as { cause?: unknown }).cause : undefined;
  }
  return links;
}

function linkOf(thrown: unknown): Link {
  if (typeof thrown !== 'object' || thrown === null) {
    const text = String(thrown);
    return { code: '', text, isMistake: NO_SUCH_PROPERTY.test(text) };
  }
  const { name, message, code, $fault } = thrown as Readonly<Record<string, unknown>>;
  const text = [name, message, code].filter((part) => typeof part === 'string').join(' ');
  return {
    code: typeof code === 'string' ? code : '',
    text,
    // `$fault: client` is AWS's word for a request that the program should not have made: its ValidationException is not the
    // validation of what was submitted.
    isMistake: PROGRAMMING_ERRORS.has(String(name)) || $fault === 'client' || NO_SUCH_PROPERTY.test(text),
  };
}
