import type { Facts, JobFacts, Receipt } from '../../../scripts/chaos/facts.ts';
import { verdict } from '../../../scripts/chaos/verdict.ts';

const ID = 'a'.repeat(64);

const receipt = (more: Partial<Receipt> = {}): Receipt => ({
  eventId: 'evt_1',
  assemblyId: ID,
  attempt: 1,
  version: 4,
  status: 'completed',
  body: 'one',
  taken: true,
  ...more,
});

const END = { status: 'completed', attempt: 1, version: 4, retryCount: 0, lostRuns: 0 } as const;

const job = (more: Partial<JobFacts> = {}): JobFacts => ({
  kind: 'short text',
  id: ID,
  versions: [
    { known: 0, told: 1 },
    { known: 1, told: 4 },
  ],
  end: END,
  deliveries: [{ eventId: 'evt_1', state: 'delivered', attempts: 1 }],
  strange: [],
  ...more,
});

const facts = (more: Partial<Facts> = {}): Facts => ({
  jobs: [job()],
  receipts: [receipt()],
  open: [],
  queues: { jobs: 0, webhooks: 0, uploads: 0 },
  deadLetters: [],
  putAside: [],
  ...more,
});

/** The names of the checks that do not hold. */
const broken = (given: Facts): string[] =>
  verdict(given)
    .filter(({ breaches }) => breaches.length > 0)
    .map(({ name }) => name);

const STUCK = '0 stuck: every job has ended';
const ONE_EVENT = 'one terminal event id per attempt, however often it came';
const DELIVERED = 'every webhook was delivered, and its row says so';

test('what went well holds: an event that came twice, a second attempt, a job that failed', () => {
  expect(broken(facts())).toEqual([]);
  expect(broken(facts({ receipts: [receipt({ taken: false }), receipt()] }))).toEqual([]);
  const second = job({
    end: { ...END, status: 'failed', attempt: 2, version: 9, errorCode: 'worker_lost' },
    deliveries: [
      { eventId: 'evt_1', state: 'delivered', attempts: 1 },
      { eventId: 'evt_2', state: 'delivered', attempts: 3 },
    ],
  });
  const later = receipt({ eventId: 'evt_2', attempt: 2, version: 9, status: 'failed', body: 'two' });
  // The retry of the first came after the second, which receivers know by the version.
  const receipts = [receipt(), later, receipt()];
  const deadLetters = [{ queue: 'uploads_dead_letters', assemblyId: ID }];
  expect(broken(facts({ jobs: [second], receipts, deadLetters }))).toEqual([]);
});

test.each<[string, Partial<Facts>, string[]]>([
  [
    'a submission that was never accepted',
    { jobs: [job({ id: undefined, end: undefined, deliveries: [] })], receipts: [] },
    ['every submission was accepted in the end'],
  ],
  [
    'a job that nobody knows any more',
    { jobs: [job({ end: undefined, deliveries: [] })], receipts: [] },
    ['0 lost: every accepted job can be looked up'],
  ],
  [
    'a job that is still in work',
    {
      jobs: [job({ end: { ...END, status: 'processing' }, deliveries: [] })],
      receipts: [],
      open: [ID],
    },
    [STUCK, 'no assembly is left in the index of open ones', ONE_EVENT, DELIVERED],
  ],
  ['an end that nobody was told of', { receipts: [] }, [ONE_EVENT, DELIVERED]],
  [
    'two event ids for one end',
    { receipts: [receipt(), receipt({ eventId: 'evt_9' })] },
    [ONE_EVENT, DELIVERED],
  ],
  [
    'an attempt of two that nobody was told of',
    { jobs: [job({ end: { ...END, attempt: 2, version: 9 } })] },
    [ONE_EVENT, DELIVERED],
  ],
  [
    'an event with two bodies',
    { receipts: [receipt(), receipt({ body: 'another' })] },
    ['an event comes with the same bytes each time'],
  ],
  [
    'a bad signature',
    { receipts: [receipt({ fault: 'No matching signature found' })] },
    ['every signature verifies'],
  ],
  [
    'a webhook that was given up',
    { jobs: [job({ deliveries: [{ eventId: 'evt_1', state: 'exhausted', attempts: 7 }] })] },
    [DELIVERED],
  ],
  ['a webhook that was never taken', { receipts: [receipt({ taken: false })] }, [DELIVERED]],
  [
    'a status that is not what the webhook told',
    { receipts: [receipt({ status: 'failed' })] },
    ['GET tells what the last webhook told'],
  ],
  [
    'an answer that is older than the one before',
    { jobs: [job({ versions: [{ known: 3, told: 2 }] })] },
    ['versions never fall'],
  ],
  [
    'a webhook that is newer than the status',
    { receipts: [receipt({ version: 5 })] },
    ['versions never fall'],
  ],
  [
    'an answer that no client should get',
    { jobs: [job({ strange: ['GET …: 500'] })] },
    ['every answer is a documented one'],
  ],
  ['a message that nobody took', { queues: { jobs: 1 } }, ['the queues are empty']],
  [
    'a dead letter of a job that completed',
    { deadLetters: [{ queue: 'uploads', assemblyId: ID }] },
    ['a dead letter is that of a failed job'],
  ],
  [
    'a dead letter of no job',
    { deadLetters: [{ queue: 'uploads', assemblyId: undefined }] },
    ['a dead letter is that of a failed job'],
  ],
  [
    'a stream record that was put aside',
    { putAside: ['failures/notify/1.json'] },
    ['no consumer has put anything aside'],
  ],
])('%s is seen', (_, planted, expected) => {
  expect(broken(facts(planted))).toEqual(expected);
});

test('a breach names its assembly and what is wrong', () => {
  const check = verdict(facts({ receipts: [receipt(), receipt({ eventId: 'evt_9' })] })).find(
    ({ name }) => name === ONE_EVENT,
  );
  expect(check?.breaches).toEqual([{ id: ID, why: 'attempt 1 has 2 event ids: evt_1, evt_9' }]);
});
