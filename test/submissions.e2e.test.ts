import { createHash, randomUUID } from 'node:crypto';
import { pageCursor } from '../lib/domain/page-cursor.ts';
import type { ShownSubmission } from '../lib/domain/shown-submission.ts';
import { expectProblem } from './bad-input/expect-problem.ts';
import {
  type ApiAnswer,
  api,
  bearer,
  eventually,
  localWaybill,
  newUser,
  statusOf,
  submit,
} from './local-cloud.ts';

/** Recipients as they are submitted and listed. Their messages are sent by nobody: the template is an external one. */

const user = newUser();

const recipient = (id: string) => ({ id, name: 'Ada Quill', chamber: 'house' });
const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `r-${String(index).padStart(5, '0')}`);

const submitTo = (recipients: unknown, as = user, template_id = 'message-tracking'): Promise<ApiAnswer> =>
  submit(as, { template_id, fields: { subject: 'S', message: 'M', recipients, nonce: randomUUID() } });

const report = (id: string, results: readonly object[], status = 'processing'): Promise<ApiAnswer> =>
  api(`/assemblies/${id}/status`, {
    headers: { 'x-webhook-secret': localWaybill().update_secret },
    body: { status, submission_results: results },
  });

const pageOf = async (id: string, query = '', as = user): Promise<ApiAnswer> =>
  api(`/assemblies/${id}/submissions${query}`, { headers: await bearer(as) });

const idsOf = ({ json }: ApiAnswer): string[] =>
  json.submissions.map(({ submission_id }: ShownSubmission) => submission_id);

/** Every page to the end. */
async function pages(id: string, query: string, as = user): Promise<ApiAnswer[]> {
  const all: ApiAnswer[] = [];
  for (let cursor = ''; ; ) {
    const page = await pageOf(id, `?${query}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`, as);
    expect(page.status).toBe(200);
    all.push(page);
    if (page.json.cursor === undefined) return all;
    cursor = page.json.cursor;
  }
}

/** Until every recipient has its row, and they have been counted. */
async function expanded(ids: readonly string[], as = user): Promise<string> {
  const { status, json } = await submitTo(ids.map(recipient), as);
  expect(status).toBe(202);
  const id = json.assembly_id;
  await eventually(
    async () => ((await pages(id, 'limit=100', as)).flatMap(idsOf).length === ids.length ? true : undefined),
    'all submissions',
  );
  return id;
}

let many: string;
let manyIds: string[];
let few: string;
beforeAll(async () => {
  manyIds = numbered(60);
  many = await expanded(manyIds);
  await report(many, [
    { submission_id: 'r-00000', status: 'submitted' },
    { submission_id: 'r-00031', status: 'failed', error: 'No.' },
    { submission_id: 'r-00059', status: 'submitted' },
  ]);
  few = await expanded(['b', 'a', 'c']);
});

describe('the status', () => {
  test('lists up to fifty submissions, in the order of the recipients', async () => {
    const { json } = await statusOf(user, few);
    expect(idsOf({ json } as ApiAnswer)).toEqual(['b', 'a', 'c']);
    expect(json.message_ids).toEqual(['b', 'a', 'c']);
    expect(json).not.toHaveProperty('submissions_url');
    const fifty = await expanded(numbered(50));
    expect((await statusOf(user, fifty)).json.submissions).toHaveLength(50);
  });

  test('of more names their page, and counts them', async () => {
    const { json } = await statusOf(user, many);
    expect(json).toMatchObject({ submission_count: 60 });
    for (const name of ['submissions', 'message_ids']) expect(json).not.toHaveProperty(name);
    expect(json.submissions_url).toBe(`${localWaybill().url}/assemblies/${many}/submissions`);
    const page = await fetch(json.submissions_url, { headers: await bearer(user) });
    expect(page.status).toBe(200);
    await eventually(async () => {
      const { submission_counts } = (await statusOf(user, many)).json;
      return submission_counts.submitted === 2 && submission_counts.failed === 1 ? true : undefined;
    }, 'the counts');
  });

  test('has another etag once a submission has changed', async () => {
    const id = await expanded(['one', 'two']);
    const etagOf = async () => (await statusOf(user, id)).headers.get('etag');
    // Counted for the first time, it stands still.
    const first = await eventually(async () => (await etagOf()) ?? undefined, 'an etag');
    await report(id, [{ submission_id: 'one', status: 'submitted' }]);
    const second = await eventually(async () => {
      const { status, headers, json } = await statusOf(user, id, { 'if-none-match': first });
      return status === 304 ? undefined : { etag: headers.get('etag') ?? '', json };
    }, 'another etag');
    expect(second.json.submissions[0]).toMatchObject({ submission_id: 'one', status: 'submitted' });
    expect(second.etag).not.toBe(first);
    const settled = await eventually(async () => {
      const etag = await etagOf();
      const again = await statusOf(user, id, { 'if-none-match': etag ?? '' });
      return again.status === 304 ? again : undefined;
    }, 'a 304');
    expect(settled.text).toBe('');
  });
});

describe('the list', () => {
  test('comes in pages, by id and to the end, each submission once', async () => {
    for (const limit of [1, 7, 20, 60, 100]) {
      const all = await pages(many, `limit=${limit}`);
      expect(all.flatMap(idsOf)).toEqual(manyIds);
      for (const page of all) {
        expect(page.json.submissions.length).toBeLessThanOrEqual(limit);
        expect(page.json).toMatchObject({ submission_count: 60, message_ids: idsOf(page) });
      }
    }
    expect(idsOf(await pageOf(many))).toEqual(manyIds.slice(0, 50));
  });

  test('of one status has those that are in it', async () => {
    const of = async (query: string) => (await pages(many, query)).flatMap(idsOf);
    expect(await of('status=submitted')).toEqual(['r-00000', 'r-00059']);
    expect(await of('status=submitted&limit=1')).toEqual(['r-00000', 'r-00059']);
    expect(await of('status=failed')).toEqual(['r-00031']);
    expect(await of('status=canceled')).toEqual([]);
    expect(await of('status=queued&limit=9')).toHaveLength(57);
  });

  test('of an assembly without recipients is empty', async () => {
    const { json } = await submit(user, { template_id: 'human-review', fields: { title: 'Good?' } });
    expect((await pageOf(json.assembly_id)).json).toEqual({
      submission_count: 0,
      submission_counts: { queued: 0, processing: 0, submitted: 0, failed: 0, rate_limited: 0, canceled: 0 },
      submissions: [],
      message_ids: [],
    });
  });

  test('is read by a machine with the read secret', async () => {
    const { status } = await api(`/assemblies/${many}/submissions`, {
      headers: { 'x-webhook-secret': localWaybill().read_secret },
    });
    expect(status).toBe(200);
  });

  test('refuses a cursor of another list, or of nobody', async () => {
    const cursorOf = async (query: string, id = many) => (await pageOf(id, query)).json.cursor;
    const cursor = await cursorOf('?limit=2');
    const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const changed = (position: unknown) =>
      Buffer.from(JSON.stringify([...parts.slice(0, -1), position])).toString('base64url');
    const foreign = [
      await cursorOf('?limit=2', few),
      await cursorOf('?limit=2&status=queued'),
      ...[1, null, '', 'x y', 'x'.repeat(129), { a: 1 }].map(changed),
      cursor.slice(0, 9),
      'x',
      '',
    ];
    for (const each of foreign)
      expectProblem(await pageOf(many, `?limit=2&cursor=${encodeURIComponent(each)}`), {
        status: 400,
        code: 'invalid_request',
      });
    // One without the status of the list that it is of.
    expectProblem(await pageOf(many, `?status=queued&cursor=${cursor}`), {
      status: 400,
      code: 'invalid_request',
    });
  });

  test.each(['limit=0', 'limit=101', 'limit=x', 'status=sent', 'status='])('refuses ?%s', async (query) => {
    expectProblem(await pageOf(many, `?${query}`), { status: 400, code: 'invalid_request' });
  });

  test('of somebody else is answered as one that never was', async () => {
    const stranger = newUser();
    const never = createHash('sha256').update(randomUUID()).digest('hex');
    const plain = ({ headers, json }: ApiAnswer) => {
      const names = Object.fromEntries(headers);
      for (const name of ['date', 'x-request-id', 'apigw-requestid']) delete names[name];
      return { headers: names, json: { ...json, timestamp: '' } };
    };
    for (const query of ['', '?limit=2', '?status=failed']) {
      const [theirs, nobodys] = [await pageOf(many, query, stranger), await pageOf(never, query, stranger)];
      expectProblem(theirs, { status: 404, code: 'not_found' });
      expect(plain(theirs)).toEqual(plain(nobodys));
      expect(theirs.text.length).toBe(nobodys.text.length);
    }
    const { cursor } = (await pageOf(many, '?limit=2')).json;
    expectProblem(await pageOf(many, `?limit=2&cursor=${cursor}`, stranger), {
      status: 404,
      code: 'not_found',
    });
  });
});

test('ten thousand recipients are accepted, and expanded to the last', async () => {
  const ids = numbered(10_000);
  const { status, json } = await submitTo(ids.map(recipient));
  expect(status).toBe(202);
  expect(json).toMatchObject({ submission_count: 10_000, submission_counts: { queued: 10_000 } });
  const id = json.assembly_id;
  // They are written in this order, some at once.
  const last = pageCursor(['submissions', id, ''], ids.at(-2));
  const isLastThere = async () => idsOf(await pageOf(id, `?cursor=${last}`)).length === 1;
  await eventually(async () => (await isLastThere()) || undefined, 'the last submission', 150_000);
  const listed = await eventually(async () => {
    const found = (await pages(id, 'limit=100')).flatMap(idsOf);
    return found.length === 10_000 ? found : undefined;
  }, 'ten thousand submissions');
  expect(listed).toEqual(ids);
  expect((await statusOf(user, id)).json).toMatchObject({ status: 'processing', submission_count: 10_000 });
}, 170_000);

describe('recipients are refused, with their place', () => {
  const base = '/fields/recipients';
  const large = { ...recipient('large'), note: 'x'.repeat(4_096) };
  test.each([
    ['none at all', undefined, [base]],
    ['an empty list', [], [base]],
    ['no list', { 0: recipient('a') }, [base]],
    ['10,001', numbered(10_001).map(recipient), [base]],
    ['one twice', [recipient('a'), recipient('b'), recipient('a')], [`${base}/2`]],
    [
      'one twice, by two names',
      [recipient('a'), { ...recipient('x'), id: undefined, bioguideId: 'a' }],
      [`${base}/1`],
    ],
    ['one without an id', [recipient('a'), { name: 'B', chamber: 'house' }], [`${base}/1`]],
    ['one with a number as id', [{ ...recipient('a'), id: 7 }], [`${base}/0`]],
    ['an id with a space', [recipient('a b')], [`${base}/0`]],
    ['an id of 129 characters', [recipient('a'.repeat(129))], [`${base}/0`]],
    ['an id in other letters', [recipient('é')], [`${base}/0`]],
    ['an empty id', [recipient('')], [`${base}/0`]],
    ['a text', ['a'], [`${base}/0`]],
    ['null', [null], [`${base}/0`]],
    ['more than 4 KB', [recipient('a'), large], [`${base}/1`]],
    ['what the template does not know', [{ ...recipient('a'), party: 'x' }], [`${base}/0/party`]],
    ['another chamber', [{ ...recipient('a'), chamber: 'lords' }], [`${base}/0/chamber`]],
  ])('%s', async (_, recipients, pointers) => {
    for (const template of ['message-tracking', 'message-delivery'])
      expectProblem(await submitTo(recipients, user, template), {
        status: 400,
        code: 'invalid_fields',
        pointers,
      });
  });

  test('twenty places at most are named', async () => {
    const { json } = await submitTo(Array(40).fill(recipient('a')));
    expect(json.errors).toHaveLength(20);
  });

  test('by a template that has none', async () => {
    const answer = await submit(user, {
      template_id: 'text-statistics',
      fields: { text: 'A text.', recipients: [recipient('a')] },
    });
    expectProblem(answer, { status: 400, code: 'invalid_fields', pointers: ['/fields/recipients'] });
  });
});
