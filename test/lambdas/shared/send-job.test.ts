import type { SendOptions } from '../../../lambdas/shared/message-queue.ts';
import { sendJob } from '../../../lambdas/shared/send-job.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import type { JobMessage } from '../../../lib/domain/events.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');

async function send(changes: Partial<Assembly> = {}) {
  const sent: [JobMessage, SendOptions | undefined][] = [];
  const jobs = {
    send: async (message: JobMessage, options?: SendOptions) => void sent.push([message, options]),
  };
  await sendJob(sampleAssembly(changes), { jobs, now: () => NOW });
  const [[message, options] = []] = sent;
  expect(sent).toHaveLength(1);
  return { message, options };
}

test('the message says which run it is for, and nothing else', async () => {
  const { message } = await send({ attempt: 4, claim: 7, fields: { secret: 1 } });
  expect(message).toStrictEqual({
    assembly_id: 'a0'.repeat(32),
    attempt: 4,
    claim: 7,
    template_id: 'text-statistics',
    owner: { user_id: 'ada' },
  });
});

test('it names the tenant too, where there is one', async () => {
  const { message } = await send({ tenant_id: 'north' });
  expect(message?.owner).toStrictEqual({ tenant_id: 'north', user_id: 'ada' });
});

test.each<[string, string | undefined, number]>([
  ['without a time to wait for comes at once', undefined, 0],
  ['comes at that time', '2026-03-01T12:00:20.000Z', 20],
  ['comes rather a little late than early', '2026-03-01T12:00:20.001Z', 21],
  ['of a time that has passed comes at once', '2026-03-01T11:59:00.000Z', 0],
  ['comes within the quarter of an hour that SQS can delay it by', '2026-03-01T12:15:00.000Z', 900],
  ['comes then even for a later time', '2026-03-01T13:00:00.000Z', 900],
])('one %s', async (_, next_retry_at, delaySeconds) => {
  expect((await send({ next_retry_at })).options?.delaySeconds).toBe(delaySeconds);
});

test('the messages of one owner are one group, which does not say who that is', async () => {
  const groupOf = async (user_id: string) => (await send({ user_id })).options?.group;
  const group = await groupOf('ada');
  expect(group).toMatch(/^[0-9a-f]{32}$/);
  expect(await groupOf('ada')).toBe(group);
  expect(await groupOf('bob')).not.toBe(group);
});

test('a send that fails is told', async () => {
  const jobs = { send: () => Promise.reject(new Error('slow down')) };
  await expect(sendJob(sampleAssembly(), { jobs, now: () => NOW })).rejects.toThrow('slow down');
});
