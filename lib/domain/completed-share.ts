import type { Assembly } from './assembly.ts';

type Ended = Pick<Assembly, 'status' | 'uploads' | 'file_errors' | 'submission_count' | 'submission_counts'>;

/**
 * How much of an attempt that ended was done, 0 to 1. Undefined where it was canceled, which says nothing of the work, and
 * where it is partial and nobody has said in which parts, as an external worker need not.
 */
export function completedShare(assembly: Ended): number | undefined {
  switch (assembly.status) {
    case 'completed':
      return 1;
    case 'failed':
      return 0;
    case 'partial':
      return partialShare(assembly);
    default:
      return undefined;
  }
}

function partialShare({
  uploads = [],
  file_errors = {},
  submission_count = 0,
  submission_counts,
}: Ended): number | undefined {
  if (submission_counts && submission_count > 0) return submission_counts.submitted / submission_count;
  const spoiled = uploads.filter(({ id }) => file_errors[id] !== undefined).length;
  return spoiled > 0 ? (uploads.length - spoiled) / uploads.length : undefined;
}
