import type { Upload } from './upload.ts';

/** Where things lie in the bucket: what belongs to an assembly lies under its id. */
export const UPLOADS_PREFIX = 'uploads/';
export const FIELDS_PREFIX = 'fields/';
export const RESULTS_PREFIX = 'results/';
export const FAILURES_PREFIX = 'failures/';

export const uploadKey = (assemblyId: string, { id }: Pick<Upload, 'id'>): string =>
  `${UPLOADS_PREFIX}${assemblyId}/${id}`;

export const fieldsKey = (assemblyId: string, fieldsMd5: string): string =>
  `${FIELDS_PREFIX}${assemblyId}/${fieldsMd5}`;

export const resultKey = (assemblyId: string, resultId: string): string =>
  `${RESULTS_PREFIX}${assemblyId}/${resultId}`;

const UPLOAD_KEY = /^uploads\/([0-9a-f]{64})\/([0-9a-f]{32}(?:-\d{1,3})?)$/;

/** The upload that a key speaks of, or undefined where it is none of ours. */
export function parseUploadKey(key: string): { assemblyId: string; uploadId: string } | undefined {
  const [, assemblyId, uploadId] = UPLOAD_KEY.exec(key) ?? [];
  return assemblyId && uploadId ? { assemblyId, uploadId } : undefined;
}
