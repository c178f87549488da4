import type { ResultFile } from '../../../lib/domain/result-file.ts';

/** A result that was made from that upload, or from none. */
export const sampleResult = (id: string, original_id: string): ResultFile => ({
  id,
  name: id,
  size: 1,
  mime: 'a/b',
  field: '',
  original_id,
});
