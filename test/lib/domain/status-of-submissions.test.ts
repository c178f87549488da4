import type { Assembly } from '../../../lib/domain/assembly.ts';
import { assemblyStatus } from '../../../lib/domain/assembly-status.ts';
import { etagOf } from '../../../lib/domain/status-headers.ts';
import { statusOf } from '../../../lib/domain/status-of.ts';
import { NO_SUBMISSIONS, type Submission } from '../../../lib/domain/submission.ts';
import { sampleAssembly } from './sample-assembly.ts';
import { sampleSubmission } from './sample-submission.ts';

const URL = 'https://api.example/assemblies/a0/submissions';
const PROCESSING: Partial<Assembly> = {
  status: 'processing',
  submission_count: 2,
  submission_counts: { ...NO_SUBMISSIONS, queued: 2 },
};
const ROWS = [
  sampleSubmission({ submission_id: 'zoe', status: 'submitted' }),
  sampleSubmission({ submission_id: 'ada', position: 1, status: 'rate_limited' }),
];

function told(assembly: Partial<Assembly>, submissions?: readonly Submission[]) {
  const status = statusOf(sampleAssembly(assembly), {
    now: new Date('2026-03-01T12:00:10.000Z'),
    language: 'en',
    linkTo: () => '',
    submissionsUrl: URL,
    ...(submissions && { submissions }),
  });
  expect(assemblyStatus.safeParse(status).error?.issues).toBeUndefined();
  return status;
}

const MEMBERS = [
  'submission_count',
  'submission_counts',
  'submissions',
  'message_ids',
  'submissions_url',
] as const;

test('without recipients says nothing of them', () => {
  for (const name of MEMBERS) expect(told({}, [])).not.toHaveProperty(name);
});

test('a list that is whole is told in its order, and the counts are its own', () => {
  const status = told(PROCESSING, ROWS);
  expect(status).toMatchObject({
    submission_count: 2,
    submission_counts: { ...NO_SUBMISSIONS, submitted: 1, rate_limited: 1 },
    submissions: [{ submission_id: 'zoe' }, { submission_id: 'ada' }],
    message_ids: ['zoe', 'ada'],
  });
  expect(status).not.toHaveProperty('submissions_url');
});

test('of a list that is not whole yet, the counts are those of the assembly', () => {
  expect(told(PROCESSING, ROWS.slice(1))).toMatchObject({
    submission_counts: { queued: 2 },
    message_ids: ['ada'],
  });
});

test('more than it lists are named by their page', () => {
  const status = told(PROCESSING);
  expect(status).toMatchObject({ submission_counts: { queued: 2 }, submissions_url: URL });
  for (const name of ['submissions', 'message_ids']) expect(status).not.toHaveProperty(name);
});

test.each<[boolean, Partial<Assembly>]>([
  [true, { status: 'partial', retryable_submissions: 1 }],
  [false, { status: 'partial', retryable_submissions: 0 }],
  [false, { status: 'partial', retryable_submissions: 1, retry_count: 3 }],
  [true, { status: 'canceled', retryable_submissions: 0 }],
  [false, { status: 'processing', retryable_submissions: 1 }],
  [false, { status: 'completed', retryable_submissions: 0 }],
  [
    false,
    {
      status: 'failed',
      retryable_submissions: 0,
      error: {
        code: 'submissions_failed',
        category: 'WORKER_ERROR',
        params: { failed: 2 },
        retryable: false,
      },
    },
  ],
])('can be tried again: %p for %j', (expected, assembly) => {
  expect(told({ ...PROCESSING, ...assembly }).can_retry).toBe(expected);
});

describe('its tag', () => {
  const assembly = sampleAssembly({ status: 'processing', version: 3 });

  test('moves with the submissions that it lists, while the assembly stands still', () => {
    const tags = [undefined, 2, 3].map((submissionsVersion) =>
      etagOf(assembly, { language: 'en', submissionsVersion }),
    );
    expect(new Set(tags).size).toBe(3);
    for (const tag of tags) expect(tag).toMatch(/^W\/"[\w-]+"$/);
  });

  test('does not take one number for the other', () => {
    const tag = (version: number, submissionsVersion: number) =>
      etagOf({ ...assembly, version }, { language: 'en', submissionsVersion });
    expect(tag(1, 12)).not.toBe(tag(11, 2));
  });

  test('there is none while it waits in the queue', () => {
    expect(etagOf(sampleAssembly(), { language: 'en', submissionsVersion: 2 })).toBeUndefined();
  });
});
