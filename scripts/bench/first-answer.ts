import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

/** A bundle, and what it is asked with which variables. */
export interface FirstQuestion {
  readonly bundle: string;
  readonly env: Readonly<Record<string, string>>;
  readonly event: object;
}

export interface FirstAnswer {
  /** Of an answer to HTTP. */
  readonly statusCode?: number;
  readonly importMs: number;
  readonly answerMs: number;
  /** Of the processor, all threads: what others do on the machine changes it least. */
  readonly cpuMs: number;
}

const MAIN = join(import.meta.dirname, 'first-answer-main.js');

/** Asks a bundle in a fresh process. */
export async function firstAnswer({ bundle, env, event }: FirstQuestion): Promise<FirstAnswer> {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN], {
    env: { ...env, BENCH_BUNDLE: pathToFileURL(bundle).href, BENCH_EVENT: JSON.stringify(event) },
  });
  // What a function logs comes before it.
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}
