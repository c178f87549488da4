import { tellingConflict } from '../../../lambdas/shared/tell-conflict.ts';
import { WaybillError } from '../../../lib/domain/waybill-error.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';
import { InMemorySubmissionStore } from '../in-memory-submission-store.ts';

const options = { now: new Date('2026-03-01T12:00:10.000Z'), language: 'fr' as const };
const telling = {
  masterSecret: async () => 'master',
  apiUrl: 'https://api.example.com',
  submissions: new InMemorySubmissionStore(),
};
const refusal = (error: unknown) =>
  tellingConflict(Promise.reject(error), options, telling).catch((told) => told);

test('what went well is handed on', async () => {
  expect(await tellingConflict(Promise.resolve(7), options, telling)).toBe(7);
});

test('a conflict carries the assembly as everybody is told of it, beside what it said itself', async () => {
  const current = sampleAssembly({
    status: 'failed',
    version: 5,
    fields: { text: 'PRIVATE' },
    error: { code: 'worker_lost', category: 'WORKER_ERROR' },
  });
  const error = new WaybillError('stale_update', 'It is at claim 2.', { current, members: { claim: 2 } });
  const told = await refusal(error);
  expect(told).toBeInstanceOf(WaybillError);
  expect(told).toMatchObject({
    code: 'stale_update',
    message: 'It is at claim 2.',
    members: {
      claim: 2,
      current: { status: 'failed', version: 5, error: 'Le traitement s’est interrompu en cours de route.' },
    },
  });
  expect(JSON.stringify(told.members)).not.toContain('PRIVATE');
  // As it was stored it must not reach the answer.
  expect(told.current).toBeUndefined();
});

test('it names the places that are refused', async () => {
  const errors = [{ pointer: '/submission_results/0', detail: 'has settled' }];
  const error = new WaybillError('illegal_transition', 'No.', { current: sampleAssembly(), errors });
  expect(await refusal(error)).toMatchObject({ errors, members: { current: { status: 'queued' } } });
});

test('its results have links that open', async () => {
  const file = { id: '1-1', name: 'a.txt', size: 1, mime: 'text/plain', field: '', original_id: '' };
  const current = sampleAssembly({ status: 'completed', results: { one: [file] } });
  const told = await refusal(new WaybillError('already_ended', 'It has ended.', { current }));
  expect(told.members.current.results.one[0].ssl_url).toMatch(
    /^https:\/\/api\.example\.com\/assemblies\/(a0){32}\/results\/1-1\?exp=\d+&sig=.{43}$/,
  );
});

test.each<[string, unknown]>([
  ['a refusal without one', new WaybillError('not_found', 'It is gone.')],
  ['any other error', new TypeError('x is not a function')],
])('%s is thrown as it is', async (_, error) => {
  expect(await refusal(error)).toBe(error);
});
