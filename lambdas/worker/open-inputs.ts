import { createHash } from 'node:crypto';
import { pipeline, type Readable, Transform } from 'node:stream';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { FileError, type StepErrorOptions, sentenceOf } from '../../lib/domain/assembly-error.ts';
import { nameParts } from '../../lib/domain/file-name.ts';
import { uploadKey } from '../../lib/domain/object-key.ts';
import type { Input } from '../../lib/domain/template.ts';
import type { Upload } from '../../lib/domain/upload.ts';
import type { FileStore } from '../shared/file-store.ts';

/** The uploads of an assembly as its steps see them. */
export const openInputs = (
  { assembly_id, uploads = [] }: Assembly,
  files: Pick<FileStore, 'read'>,
): Input[] =>
  uploads.map((upload) => ({
    ...upload,
    ...nameParts(upload.name),
    meta: upload.meta ?? {},
    stream: () => openChecked(assembly_id, upload, files),
  }));

async function openChecked(
  assemblyId: string,
  upload: Upload,
  files: Pick<FileStore, 'read'>,
): Promise<Readable> {
  const body = await files.read(uploadKey(assemblyId, upload));
  // Submitted again, the assembly asks for the file again.
  if (!body) throw fileError('file_missing', upload, { retryable: true });
  // An error of the source ends the checked stream too; who reads it hears of it there.
  return pipeline(body, md5Check(upload), () => {});
}

/** Lets the bytes through and fails at the end where they are not those that were announced. */
function md5Check(upload: Upload): Transform {
  const hash = createHash('md5');
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      hash.update(chunk);
      callback(null, chunk);
    },
    flush(callback) {
      callback(hash.digest('hex') === upload.md5hash ? null : fileError('file_changed', upload));
    },
  });
}

const fileError = (code: string, { name }: Upload, options?: StepErrorOptions): FileError =>
  new FileError(code, sentenceOf(code, { name }), options);
