import { maskSecrets } from '../lambdas/shared/mask-secrets.ts';
import type { CapturedLine, CapturedLogs } from './captured-logs.ts';
import { logChecker } from './log-checker.ts';

export interface LoggedRun {
  /** As the local cloud knows them: texts, or JSON of them. */
  readonly secrets: readonly string[];
  /** Of the shared local cloud: as Waybill names it → as the deployment names it. */
  readonly functions: Readonly<Record<string, string>>;
  /** All tests ran, and not some of them. */
  readonly isWhole: boolean;
}

/** Those that log something when all goes well. A capture without their lines has captured nothing. */
const TALKATIVE = ['submit', 'status', 'status-update', 'retry', 'cancel', 'worker', 'webhook-dispatcher'];

const MAX_SHOWN = 20;

/** Why the run fails by what it has logged, or undefined where all is well. */
export function verdictOnLogs(
  { lines, signatures }: CapturedLogs,
  { secrets, functions, isWhole }: LoggedRun,
): string | undefined {
  const { faultsOf } = logChecker(secrets.flatMap(valuesOf), signatures);
  const faulty = lines
    .map((captured) => ({ captured, faults: faultsOf(captured) }))
    .filter(({ faults }) => faults.length > 0);
  // One cause is often met a hundred times.
  const kinds = Map.groupBy(
    faulty,
    ({ captured, faults }) => `${whoLogged(captured)} ${faults.join(' and ')}`,
  );
  const silent = isWhole ? TALKATIVE.filter((name) => !hasLine(lines, functions[name])) : [];
  const complaints = [
    ...[...kinds]
      .slice(0, MAX_SHOWN)
      .map(([kind, [first, ...more]]) => `${kind} (${1 + more.length} lines):\n  ${masked(first?.captured)}`),
    ...(kinds.size > MAX_SHOWN ? [`… and ${kinds.size - MAX_SHOWN} kinds more`] : []),
    ...silent.map((name) => `No line of ${name} was captured, so nothing is known of what it logs`),
  ];
  if (complaints.length === 0) return undefined;
  return `Of ${lines.length} logged lines ${faulty.length} must not be in a log.\n${complaints.join('\n')}`;
}

/** The texts in the JSON of a secret, or the secret itself. */
function valuesOf(secret: string): string[] {
  try {
    const value: unknown = JSON.parse(secret);
    if (typeof value === 'object' && value !== null)
      return Object.values(value).filter((each): each is string => typeof each === 'string');
  } catch {}
  return [secret];
}

const hasLine = (lines: readonly CapturedLine[], functionName: string | undefined): boolean =>
  lines.some(({ source, line }) => source === 'local cloud' && line.startsWith(`${functionName}: {`));

/** `local cloud: Waybill-Submit0123:`, or the test that it was. */
const whoLogged = ({ source, line }: CapturedLine): string =>
  [source, /^[\w-]+(?=: )/.exec(line)?.[0]].filter(Boolean).join(': ');

/** Short, and without what looks like a secret. What is known by its value alone can stand in it too: so no long word is whole. */
const masked = ({ line }: CapturedLine = { source: '', line: '' }): string =>
  maskSecrets(line)
    .replace(/[\w+/-]{16,}/g, (word) => `${word.slice(0, 4)}…`)
    .slice(0, 600);
