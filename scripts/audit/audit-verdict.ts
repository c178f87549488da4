/** What `npm audit --json` prints, as far as it matters here. */
interface AuditOutput {
  readonly auditReportVersion?: number;
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>;
  /** There instead of a report where the registry did not answer, or not with one. */
  readonly message?: string;
  readonly statusCode?: number;
  readonly error?: { readonly code?: string; readonly summary?: string };
}

export interface AuditVerdict {
  /** `unasked` where the registry has no advisories to give: nothing was checked. */
  readonly outcome: 'clean' | 'vulnerable' | 'unasked' | 'broken';
  /** For whoever reads the log of CI. */
  readonly lines: readonly string[];
}

const GRAVE = ['high', 'critical'];

/**
 * Tells vulnerable packages from a registry that cannot be asked, which npm does not: it ends with 1 after both. A mirror
 * that only hands out packages refuses the question.
 */
export function auditVerdict(stdout: string): AuditVerdict {
  const output = parsed(stdout);
  if (output?.vulnerabilities) return judge(output.vulnerabilities);
  // A fault of npm itself has a code, such as ENOLOCK.
  if (output?.message && output.error?.code === undefined)
    return { outcome: 'unasked', lines: ['NOT CHECKED: the registry could not be asked.', output.message] };
  return {
    outcome: 'broken',
    lines: ['npm audit has failed.', output?.error?.summary || stdout.slice(0, 1_000)],
  };
}

function judge(vulnerabilities: NonNullable<AuditOutput['vulnerabilities']>): AuditVerdict {
  const all = Object.entries(vulnerabilities);
  const lines = all.map(([name, { severity, range }]) => `${severity}: ${name} ${range}`.trim());
  const grave = all.filter(([, { severity }]) => GRAVE.includes(severity)).length;
  return {
    outcome: grave > 0 ? 'vulnerable' : 'clean',
    lines: [...lines, `${grave} of high or critical severity, ${all.length - grave} below`],
  };
}

function parsed(text: string): AuditOutput | undefined {
  try {
    return JSON.parse(text) as AuditOutput;
  } catch {
    return undefined;
  }
}
