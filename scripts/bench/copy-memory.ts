import { fileMemory } from './file-memory.ts';
import type { FileReport } from './run-file-job.ts';

const MB = 2 ** 20;

/** Bytes that no compression helps with, and that need no memory. */
function* pieces(megabytes: number): Generator<Buffer> {
  for (let index = 0; index < megabytes; index += 1) {
    const piece = Buffer.alloc(MB, index % 251);
    piece.writeUInt32BE(index);
    yield piece;
  }
}

/** The most memory that a worker has while a file passes through a step that copies it. */
export const copyMemory = (megabytes: number): Promise<FileReport> =>
  fileMemory({ name: 'large.bin', templateId: 'copy-files', fields: {}, pieces: () => pieces(megabytes) });
