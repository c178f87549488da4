import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { nagApp } from './nag/nag-app.ts';
import { countAcknowledgements, openFindings } from './nag/open-findings.ts';
import { VARIANTS } from './nag/variants.ts';

/**
 * `npm run nag`: fails while cdk-nag finds something that is neither mended nor acknowledged. The templates of all variants
 * stay behind, for cfn-lint.
 */
const folder = join(import.meta.dirname, '../.build/nag');
await rm(folder, { recursive: true, force: true });
for (const [index, [name, settings]] of Object.entries(VARIANTS).entries()) {
  const app = await nagApp(join(folder, String(index)), settings);
  const findings = openFindings(app);
  console.log(`${name}: ${findings.length} open, ${countAcknowledgements(app)} acknowledged`);
  for (const { rule, where, sentence } of findings) console.error(`  ${rule} at ${where}: ${sentence}`);
  if (findings.length > 0) process.exitCode = 1;
}
