import { setTimeout } from 'node:timers/promises';
import { assemblyStatus } from '../lib/domain/assembly-status.ts';
import { ended, newUser, statusOf, submit } from './local-cloud.ts';

const TEXT = 'One tall ship came in. One tall ship went out. No ship was lost.';

describe('a job from POST to its end', () => {
  test('is queued, worked and completed, with the result in its status', async () => {
    const user = newUser();
    const accepted = await submit(user, {
      template_id: 'text-statistics',
      fields: { text: TEXT },
      reference: 'first-ship',
    });
    expect(accepted.status).toBe(202);
    expect(accepted.json).toMatchObject({ status: 'queued', created: true, restarted: false, version: 1 });
    expect(accepted.headers.get('location')).toBe(`/assemblies/${accepted.json.assembly_id}`);
    expect(accepted.headers.get('retry-after')).toBe('5');
    expect(accepted.headers.get('x-request-id')).toBe(accepted.headers.get('apigw-requestid'));

    const status = await ended(user, accepted.json.assembly_id);
    expect(assemblyStatus.parse(status)).toMatchObject({
      ok: 'ASSEMBLY_COMPLETED',
      status: 'completed',
      attempt: 1,
      progress: 100,
      reference: 'first-ship',
      user: { userId: user },
      result: { words: 14, sentences: 3, terms: expect.arrayContaining([{ term: 'ship', count: 3 }]) },
    });
    expect(status).not.toHaveProperty('error');
    expect(JSON.stringify(status)).not.toContain('tall ship');
  });

  test('speaks the language that its reader asks for, with a tag and a Vary that say so', async () => {
    const user = newUser();
    const { json } = await submit(user, { template_id: 'text-statistics', fields: { text: TEXT } });
    const { version } = await ended(user, json.assembly_id);
    const answers = await Promise.all(
      ['fr', 'fr-CA;q=0.9, en;q=0.1', 'de, fr;q=0', '', 'en'].map((language) =>
        statusOf(user, json.assembly_id, { 'accept-language': language }),
      ),
    );
    expect(answers.map(({ headers }) => headers.get('content-language'))).toEqual([
      'fr',
      'fr',
      'en',
      'en',
      'en',
    ]);
    expect(answers[0]?.json.message).toBe('Terminé');
    expect(answers[4]?.json.message).toBe('Completed');
    const created = Date.parse(json.created_at).toString(36);
    for (const { headers } of answers) {
      expect(headers.get('etag')).toBe(`W/"${created}-${version}-${headers.get('content-language')}-0"`);
      expect(headers.get('vary')).toBe('accept-language, authorization');
    }
  });

  test('submitted again is the same job and does not run again', async () => {
    const user = newUser();
    const request = { template_id: 'text-statistics', fields: { text: TEXT } };
    const first = await submit(user, request);
    const end = await ended(user, first.json.assembly_id);
    const again = await submit(user, request);
    expect(again.status).toBe(200);
    expect(again.json).toMatchObject({ assembly_id: end.assembly_id, created: false, restarted: false });
    await setTimeout(300);
    expect((await statusOf(user, end.assembly_id)).json.version).toBe(end.version);
  });

  test('of another user with the same input is another job', async () => {
    const request = { template_id: 'text-statistics', fields: { text: TEXT } };
    const [one, other] = await Promise.all([submit(newUser(), request), submit(newUser(), request)]);
    expect(one.json.assembly_id).not.toBe(other.json.assembly_id);
    expect(other.json.created).toBe(true);
  });

  test('submitted by 30 requests at once is created once and runs once', async () => {
    const user = newUser();
    const request = { template_id: 'text-statistics', fields: { text: TEXT } };
    const answers = await Promise.all(Array.from({ length: 30 }, () => submit(user, request)));
    expect(answers.map(({ status }) => status).filter((status) => status !== 202 && status !== 200)).toEqual(
      [],
    );
    expect(answers.filter(({ json }) => json.created)).toHaveLength(1);
    const end = await ended(user, answers[0]?.json.assembly_id);
    expect(end).toMatchObject({ status: 'completed', attempt: 1 });
  });

  test('that fails says why in words, and the same submission starts a new attempt', async () => {
    const user = newUser();
    const request = { template_id: 'text-statistics', fields: { text: '… !' }, reference: 'one' };
    const first = await submit(user, request);
    const failed = await ended(user, first.json.assembly_id);
    expect(failed).toMatchObject({
      status: 'failed',
      error: 'The text contains no words.',
      error_code: 'text_has_no_words',
      error_category: 'VALIDATION_ERROR',
      can_retry: false,
    });
    expect(failed).not.toHaveProperty('ok');

    const again = await submit(user, { ...request, reference: 'two' });
    expect(again.status).toBe(202);
    expect(again.json).toMatchObject({ created: false, restarted: true, attempt: 2, reference: 'two' });
    expect(again.json).not.toHaveProperty('error');
    const second = await ended(user, first.json.assembly_id);
    expect(second).toMatchObject({ status: 'failed', attempt: 2, created_at: failed.created_at });
    expect(second.version).toBeGreaterThan(failed.version);
  });
});
