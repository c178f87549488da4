import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** Where it is set, a missing browser is a failure; else the tests in a browser are skipped, and say so. */
const REQUIRED = 'WAYBILL_TEST_BROWSER';
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The path of a browser of this machine, or undefined: playwright's own downloads are not asked for. */
function findBrowser(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isExecutable);
}

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const executablePath = findBrowser();
if (executablePath === undefined && process.env[REQUIRED] === undefined)
  process.stderr.write(
    `SKIPPED, as no browser was found: tests that need one. Install Chromium; with ${REQUIRED}=1 this is a failure.\n`,
  );

/** The first start of a browser on a busy machine takes as long as all that follows. */
const TIMEOUT_MS = 120_000;

/** A test in a real browser: skipped where there is none. */
export function testInBrowser(name: string, run: () => Promise<void>): void {
  const isThere = executablePath !== undefined || process.env[REQUIRED] !== undefined;
  (isThere ? test : test.skip)(name, run, TIMEOUT_MS);
}

export function launchBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error(`No browser on the PATH: none of ${NAMES.join(', ')}`);
  return chromium.launch({ executablePath, timeout: TIMEOUT_MS });
}
