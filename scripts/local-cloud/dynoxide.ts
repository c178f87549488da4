import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';

export interface Dynoxide {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** It starts in 16 to 34 ms when idle; the rest is for a machine under load. */
const START_LIMIT_MS = 5000;

/**
 * Ends the database even if this process is killed: a process that is killed closes its end of the pipe. The
 * shell turns into dynoxide by exec, so the pid that spawn gives is the database's own.
 */
const RUN_WHILE_STDIN_IS_OPEN =
  'exec 3<&0; ( read -r _ <&3; kill -9 "$$"; rm -rf "$1" ) & shift; exec "$@" 3<&- </dev/null';

/** DynamoDB as a child process, with its data in memory where the system has /dev/shm. */
export async function startDynoxide(log: (line: string) => void): Promise<Dynoxide> {
  const binary = findBinary();
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'waybill-dynamodb-'));
  try {
    return await startOnFreePort(binary, folder, log);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function findBinary(): string {
  const installed = join(import.meta.dirname, '../../node_modules/@dynoxide/linux-x64/dynoxide');
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'dynoxide'));
  const named = process.env.WAYBILL_DYNOXIDE;
  if (named !== undefined && !existsSync(named)) {
    throw new Error(`WAYBILL_DYNOXIDE names ${named}, which does not exist.`);
  }
  const found = [...(named ? [named] : []), installed, ...onPath].find((path) => existsSync(path));
  if (found) return found;
  throw new Error(
    'dynoxide (the local DynamoDB) was not found. On Linux x64 "npm ci" installs it; elsewhere put a dynoxide ' +
      'binary on your PATH or name it in WAYBILL_DYNOXIDE.',
  );
}

async function startOnFreePort(
  binary: string,
  folder: string,
  log: (line: string) => void,
): Promise<Dynoxide> {
  // dynoxide cannot choose a port itself. Another process may take ours in between, so a second try is fair.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const database = join(folder, `${port}.db`);
    const child = spawnGuarded(binary, folder, [
      ...['serve', '--host', '127.0.0.1', '--port', String(port)],
      ...['--db-path', database],
    ]);
    const endpoint = `http://127.0.0.1:${port}`;
    try {
      await answers(endpoint, child);
      indexStream(database);
      return { endpoint, stop: guardedStop(child, folder, log) };
    } catch (error) {
      await end(child);
      if (attempt === 3) throw error;
    }
  }
}

function spawnGuarded(binary: string, folder: string, args: string[]): ChildProcess {
  // detached: Ctrl-C in a terminal reaches the whole process group, and the database must be the last to go.
  const child = spawn('sh', ['-c', RUN_WHILE_STDIN_IS_OPEN, 'sh', folder, binary, ...args], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: {},
  });
  child.stdin?.on('error', () => {}); // EPIPE when it ended first
  return child;
}

async function answers(endpoint: string, child: ChildProcess): Promise<void> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  for (const deadline = Date.now() + START_LIMIT_MS; Date.now() < deadline; await wait(3)) {
    if (failure) throw failure;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`dynoxide ended at start (exit code ${child.exitCode ?? child.signalCode}).`);
    }
    const answered = await fetch(endpoint).then(
      () => true,
      () => false,
    );
    if (answered) return;
  }
  throw new Error(`dynoxide did not answer within ${START_LIMIT_MS} ms.`);
}

/** Without this index each write takes time in proportion to the number of stream records. */
function indexStream(database: string): void {
  const sqlite = new DatabaseSync(database, { timeout: 2000 });
  sqlite.exec(
    'CREATE INDEX IF NOT EXISTS waybill_stream_order ON _stream_records(table_name, CAST(sequence_number AS INTEGER))',
  );
  sqlite.close();
}

function guardedStop(child: ChildProcess, folder: string, log: (line: string) => void): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  child.once('exit', (code, signal) => {
    if (!stopping) log(`local cloud: dynoxide ended by itself (${code ?? signal}); DynamoDB is gone`);
  });
  const stop = async (): Promise<void> => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  return () => {
    stopping ??= stop();
    return stopping;
  };
}

async function end(child: ChildProcess): Promise<void> {
  const ended = child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  const exit = ended ? undefined : new Promise((resolve) => child.once('exit', resolve));
  if (!ended) child.kill('SIGKILL'); // nothing to save: the data goes with it
  child.stdin?.destroy();
  await exit;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
