import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface GuardedFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** A killed process closes its end of the pipe: then the shell that reads the other end removes the folder. */
const REMOVE_WHEN_STDIN_CLOSES = 'read -r _; rm -rf "$1"';

/** A temporary folder that goes away even if this process is killed. */
export function createGuardedFolder(prefix: string): GuardedFolder {
  const path = mkdtempSync(join(tmpdir(), prefix));
  // detached: Ctrl-C in a terminal reaches the whole process group, and the guard must be the last to go.
  const guard = spawn('sh', ['-c', REMOVE_WHEN_STDIN_CLOSES, 'sh', path], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: { PATH: process.env.PATH },
  });
  const ended = new Promise<void>((resolve) => {
    guard.once('exit', () => resolve()).once('error', () => resolve()); // no shell, no guard
  });
  guard.stdin.on('error', () => {}); // EPIPE when it ended first
  return {
    path,
    async remove() {
      rmSync(path, { recursive: true, force: true });
      guard.stdin.end();
      await ended;
    },
  };
}
