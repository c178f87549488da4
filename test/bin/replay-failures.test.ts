import { type Answer, type Consumer, replayFailures } from '../../bin/replay-failures.ts';

const DONE: Answer = { result: '{"batchItemFailures":[]}' };

const kept = (content: object): string =>
  JSON.stringify({
    consumer: 'x',
    failed_at: '2026-11-22T00:00:00.000Z',
    error: 'TypeError: cannot',
    ...content,
  });

/** A bucket in memory; objects are as old as they are listed. */
function replaying(
  objects: Record<string, string>,
  answer: (event: object) => Answer | Promise<Answer> = () => DONE,
) {
  const bucket = new Map(Object.entries(objects));
  const invoked: { consumer: Consumer; event: object }[] = [];
  const lines: string[] = [];
  const ports = {
    list: async (prefix: string) =>
      [...bucket.keys()]
        .filter((key) => key.startsWith(prefix))
        .map((key, index) => ({ key, at: new Date(index * 1000) }))
        .reverse(),
    read: async (key: string) => bucket.get(key) ?? '',
    remove: async (key: string) => void bucket.delete(key),
    invoke: async (consumer: Consumer, event: object) => {
      invoked.push({ consumer, event });
      return answer(event);
    },
    report: (line: string) => void lines.push(line),
  };
  return { ports, bucket, invoked, lines };
}

test('sends each to its consumer as that gets it, marked as a replay, oldest first, and removes it', async () => {
  const { ports, bucket, invoked, lines } = replaying({
    'failures/notify/900.json': kept({ record: { n: 1 } }),
    'failures/bury/m-1.json': kept({ message: { n: 2 } }),
    'failures/enqueue/1000.json': kept({ record: { n: 3 } }),
  });
  expect(await replayFailures({}, ports)).toEqual({ sent: 3, failed: 0, left: 0 });
  expect(invoked).toEqual([
    { consumer: 'notify', event: { Records: [{ n: 1 }], replay: true } },
    { consumer: 'bury', event: { Records: [{ n: 2 }], replay: true } },
    { consumer: 'enqueue', event: { Records: [{ n: 3 }], replay: true } },
  ]);
  expect([...bucket]).toEqual([]);
  expect(lines[0]).toBe('✓ failures/notify/900.json');
});

test('where two are as old, the lower number is first', async () => {
  const { ports, lines } = replaying({});
  const at = new Date();
  const keys = ['failures/notify/1000.json', 'failures/notify/900.json'];
  await replayFailures(
    { dryRun: true },
    { ...ports, list: async () => keys.map((key) => ({ key, at })), read: async () => kept({ record: {} }) },
  );
  expect(lines.map((line) => line.split('  ')[0])).toEqual([
    '· failures/notify/900.json',
    '· failures/notify/1000.json',
  ]);
});

test.each<[string, Answer, string]>([
  [
    'reports it',
    { result: '{"batchItemFailures":[{"itemIdentifier":"1","error":"Error: no"}]}' },
    'Error: no',
  ],
  [
    'reports it without an error',
    { result: '{"batchItemFailures":[{"itemIdentifier":"1"}]}' },
    'It failed again; the log of its function says why.',
  ],
  ['throws', { error: 'Sandbox.Timedout: too long' }, 'Sandbox.Timedout: too long'],
  ['answers null', { result: 'null' }, 'It answered null, which says nothing of success.'],
  ['answers {}', { result: '{}' }, 'It answered {}, which says nothing of success.'],
])('keeps what fails again, and goes on, where the consumer %s', async (_, answer, error) => {
  const poison = kept({ record: { poison: true } });
  const { ports, bucket, lines } = replaying(
    { 'failures/notify/1.json': poison, 'failures/notify/2.json': kept({ record: {} }) },
    (event) => (JSON.stringify(event).includes('poison') ? answer : DONE),
  );
  expect(await replayFailures({}, ports)).toEqual({ sent: 1, failed: 1, left: 0 });
  expect([...bucket]).toEqual([['failures/notify/1.json', poison]]);
  expect(lines).toEqual([`✗ failures/notify/1.json  ${error}`, '✓ failures/notify/2.json']);
});

test.each([
  ['no JSON', 'failures/notify/1.json', '{', 'This is not what notify puts aside.'],
  ['no record', 'failures/notify/1.json', kept({ message: {} }), 'This is not what notify puts aside.'],
  ['a stranger', 'failures/tally/1.json', kept({ record: {} }), /^No consumer is known/],
])('sends nothing of %s, and keeps it', async (_, key, content, error) => {
  const { ports, bucket, invoked, lines } = replaying({ [key]: content });
  expect(await replayFailures({}, ports)).toEqual({ sent: 0, failed: 1, left: 0 });
  expect([invoked, bucket.size]).toEqual([[], 1]);
  expect(lines[0]?.split('  ')[1]).toMatch(error);
});

test('a dry run shows what would be sent, and does nothing', async () => {
  const { ports, bucket, invoked, lines } = replaying({ 'failures/notify/1.json': kept({ record: {} }) });
  expect(await replayFailures({ dryRun: true }, ports)).toEqual({ sent: 1, failed: 0, left: 0 });
  expect([invoked, bucket.size]).toEqual([[], 1]);
  expect(lines).toEqual(['· failures/notify/1.json  2026-11-22T00:00:00.000Z  TypeError: cannot']);
});

test('takes only one consumer and only so many, if it is told so', async () => {
  const { ports, bucket } = replaying({
    'failures/enqueue/1.json': kept({ record: {} }),
    'failures/notify/2.json': kept({ record: {} }),
    'failures/notify/3.json': kept({ record: {} }),
  });
  expect(await replayFailures({ consumer: 'notify', limit: 1 }, ports)).toEqual({
    sent: 1,
    failed: 0,
    left: 1,
  });
  expect([...bucket.keys()]).toEqual(['failures/enqueue/1.json', 'failures/notify/3.json']);
});

test('what cannot be reached ends it, and removes nothing', async () => {
  const { ports, bucket } = replaying({ 'failures/notify/1.json': kept({ record: {} }) }, async () => {
    throw new Error('connect ECONNREFUSED');
  });
  await expect(replayFailures({}, ports)).rejects.toThrow('connect ECONNREFUSED');
  expect(bucket.size).toBe(1);
});

test('goes on where somebody else has replayed one in this moment', async () => {
  const { ports, invoked, lines } = replaying({
    'failures/notify/1.json': kept({ record: { n: 1 } }),
    'failures/notify/2.json': kept({ record: { n: 2 } }),
  });
  const read = async (key: string) => (key.endsWith('1.json') ? undefined : ports.read(key));
  expect(await replayFailures({}, { ...ports, read })).toMatchObject({ failed: 1, left: 0 });
  expect(invoked).toHaveLength(1);
  expect(lines.join()).toContain('somebody else has replayed it');
});
