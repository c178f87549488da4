import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WORKER_PLATFORM } from '../lib/bindings.ts';
import { buildLambdas, DEPLOY_BUNDLES, NATIVE_PACKAGES } from './build.ts';

const ROOT = join(import.meta.dirname, '..');
const WORKER = join(DEPLOY_BUNDLES, 'worker');

/**
 * The bundles as they are deployed: as `npm run build`, and beside the worker's bundle the native packages that it
 * leaves out, built for the platform of the function and not for this machine. Needs the npm registry.
 */
await buildLambdas(DEPLOY_BUNDLES);
const { dependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
await mkdir(WORKER, { recursive: true });
await writeFile(join(WORKER, 'package.json'), `${JSON.stringify({ type: 'module', private: true })}\n`);
const { os, cpu, libc } = WORKER_PLATFORM;
const packages = NATIVE_PACKAGES.map((name) => `${name}@${dependencies[name]}`);
await promisify(execFile)(
  'npm',
  [
    ...['install', '--prefix', WORKER, `--os=${os}`, `--cpu=${cpu}`, `--libc=${libc}`],
    ...['--no-package-lock', '--ignore-scripts', ...packages],
  ],
  { cwd: WORKER },
);
const addon = join(WORKER, `node_modules/@img/sharp-${os}-${cpu}`);
if (!existsSync(addon)) throw new Error(`npm installed no sharp for ${os}-${cpu}: ${addon} is missing`);
console.log(`Bundled for deployment, with ${packages.join(', ')} for ${os}-${cpu}.`);
