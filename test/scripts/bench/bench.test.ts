import { execFile } from 'node:child_process';
import { join } from 'node:path';

const BENCH = join(import.meta.dirname, '../../../scripts/bench.ts');

const bench = (...args: string[]): Promise<{ code: number; stderr: string }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [BENCH, ...args], (_error, _stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stderr }),
    );
  });

test('a command that there is not is refused with those that there are', async () => {
  const { code, stderr } = await bench('worm');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: unknown command 'worm'; there are .*\bwarm\b.*\bmemory\b/);
});

test('an option that there is not is named', async () => {
  const { code, stderr } = await bench('--jsn');
  expect(code).toBe(1);
  expect(stderr).toContain("unknown option '--jsn'");
});
