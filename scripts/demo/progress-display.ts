import type { AssemblyStatus } from '../../lib/domain/assembly-status.ts';

const BAR_WIDTH = 24;

/** Shows an assembly on its way: a bar that grows on a terminal, a line for each change elsewhere. */
export class ProgressDisplay {
  private readonly output: NodeJS.WriteStream;
  private last = '';

  constructor(output: NodeJS.WriteStream) {
    this.output = output;
  }

  show(statusCode: number, { status, progress, progress_message, message }: AssemblyStatus): void {
    const line = `${statusCode} ${status.padEnd(10)} ${String(progress).padStart(3)} %  ${progress_message ?? message}`;
    if (line === this.last) return;
    this.last = line;
    if (this.output.isTTY) this.output.write(`\r\x1b[K  ${bar(progress)} ${line}`);
    else this.output.write(`  ${line}\n`);
  }

  end(): void {
    if (this.output.isTTY) this.output.write('\n');
  }
}

const bar = (progress: number): string => {
  const filled = Math.round((progress / 100) * BAR_WIDTH);
  return '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
};
