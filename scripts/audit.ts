import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { auditVerdict } from './audit/audit-verdict.ts';

const ROOT = join(import.meta.dirname, '..');

/** `npm run audit`: fails on advisories of high severity about what is deployed, and says so where it could not ask for them. */
const stdout = await new Promise<string>((resolve) => {
  execFile('npm', ['audit', '--omit=dev', '--json'], { cwd: ROOT }, (_exitCode, text) => resolve(text));
});
const { outcome, lines } = auditVerdict(stdout);
console.log(lines.join('\n'));
if (outcome === 'vulnerable' || outcome === 'broken') process.exitCode = 1;
