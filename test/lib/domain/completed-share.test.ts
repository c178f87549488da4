import type { Assembly } from '../../../lib/domain/assembly.ts';
import { completedShare } from '../../../lib/domain/completed-share.ts';
import { NO_SUBMISSIONS } from '../../../lib/domain/submission.ts';
import { uploadsOf } from '../../lambdas/in-memory-files.ts';

const uploads = uploadsOf('one', 'two', 'three', 'four');
const [{ id } = { id: '' }, other] = uploads;
const SPOILED = { code: 'file_unreadable', category: 'FILE_ERROR' } as const;
const SENT = {
  submission_count: 8,
  submission_counts: { ...NO_SUBMISSIONS, submitted: 6, failed: 2 },
} as const;

test.each<[string, Pick<Assembly, 'status'> & Partial<Assembly>, number | undefined]>([
  ['completed', { status: 'completed' }, 1],
  ['failed', { status: 'failed' }, 0],
  ['failed, also after it sent to some', { status: 'failed', ...SENT }, 0],
  ['canceled', { status: 'canceled', ...SENT }, undefined],
  ['not at its end', { status: 'processing', uploads }, undefined],
  [
    'partial, with one file of four spoiled',
    { status: 'partial', uploads, file_errors: { [id]: SPOILED } },
    0.75,
  ],
  [
    'partial, with two files of four spoiled',
    { status: 'partial', uploads, file_errors: { [id]: SPOILED, [other?.id ?? '']: SPOILED } },
    0.5,
  ],
  [
    'partial, with an error of a file that it does not have',
    { status: 'partial', uploads, file_errors: { none: SPOILED } },
    undefined,
  ],
  ['partial, with six of eight submitted', { status: 'partial', ...SENT }, 0.75],
  ['partial, and nobody says in what', { status: 'partial' }, undefined],
  ['partial, and nobody says in which file', { status: 'partial', uploads }, undefined],
])('%s', (_, assembly, share) => {
  expect(completedShare(assembly)).toBe(share);
});
