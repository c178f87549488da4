import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The folder of this run, where all that is logged goes, from whatever process. */
const VARIABLE = 'WAYBILL_TEST_LOGS';

export interface CapturedLine {
  /** `local cloud`, `child cloud …`, `npm start`, or `test …` for what runs within a test. */
  readonly source: string;
  readonly line: string;
}

export interface CapturedLogs {
  readonly lines: readonly CapturedLine[];
  /** What tokens, links and answers of this run were signed with. */
  readonly signatures: readonly string[];
}

const LINES = 'lines.jsonl';
const SIGNATURES = 'signatures.txt';

/** Begins the capture, before the first line is logged. */
export function beginCapture(): void {
  process.env[VARIABLE] = mkdtempSync(join(tmpdir(), 'waybill-test-logs-'));
}

/** What was captured so far. */
export function readCapture(): CapturedLogs {
  const folder = process.env[VARIABLE] ?? '';
  const read = (name: string): string[] => {
    const file = join(folder, name);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  };
  return {
    lines: read(LINES).map((text) => JSON.parse(text) as CapturedLine),
    signatures: read(SIGNATURES),
  };
}

/** The same, and the files are gone then. */
export function endCapture(): CapturedLogs {
  const captured = readCapture();
  rmSync(process.env[VARIABLE] ?? '', { recursive: true, force: true });
  return captured;
}

/** Synchronously: a process may end at any time. What is appended at once is not torn, whoever else appends. */
function append(name: string, text: string): void {
  const folder = process.env[VARIABLE];
  if (folder) appendFileSync(join(folder, name), `${text}\n`);
}

export const captureLine = (source: string, line: string): void =>
  append(LINES, JSON.stringify({ source, line } satisfies CapturedLine));

/** Notes what must be in no log. */
export const noteSignature = (signature: string): void => append(SIGNATURES, signature);

const SIGNED = /(?:\bsig=|X-Amz-Signature=|\bv1,)([\w%+/-]{16,})|\b(whsec_[\w+/=-]+)/g;

/** Notes every signature and webhook secret that an answer gives. */
export function noteSignatures(answer: string): void {
  for (const [, signature, secret] of answer.matchAll(SIGNED)) noteSignature(signature ?? secret ?? '');
}
