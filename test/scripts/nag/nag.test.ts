import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Finding } from '../../../scripts/nag/open-findings.ts';

const run = promisify(execFile);

test('the stack has no open finding under any variant of the settings', async () => {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, '../../../scripts/nag.ts')]);
  const lines = stdout.trim().split('\n');
  expect(lines.length).toBeGreaterThanOrEqual(3);
  for (const line of lines) expect(line).toMatch(/: 0 open, [1-9]\d* acknowledged$/);
}, 120_000);

test('what somebody adds without care is found, and so is an acknowledgement of too much or without a reason', async () => {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'report-with-faults.ts')]);
  const found = (JSON.parse(stdout) as Finding[]).map(({ rule, where, sentence }) => [rule, where, sentence]);
  expect(found).toEqual([
    ['AwsSolutions-SQS3', 'Waybill/Careless/Resource', expect.any(String)],
    ['AwsSolutions-SQS4', 'Waybill/Careless/Resource', expect.any(String)],
    ['Serverless-SQSRedrivePolicy', 'Waybill/Careless/Resource', expect.any(String)],
    ['AwsSolutions-S1', 'Waybill', 'It is acknowledged for more than one resource.'],
    ['AwsSolutions-S10', 'Waybill/Blanket', 'It is acknowledged without a reason.'],
  ]);
}, 60_000);
