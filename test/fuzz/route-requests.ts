import * as fc from 'fast-check';
import type { ROUTES } from '../../lib/bindings.ts';
import { type Assembly, epochSeconds } from '../../lib/domain/assembly.ts';
import { submissionEndpointId } from '../../lib/domain/delivery.ts';
import { pageCursor } from '../../lib/domain/page-cursor.ts';
import { ResultLinks } from '../../lib/domain/result-link.ts';
import { SUBMISSION_STATUSES } from '../../lib/domain/submission.ts';
import { listQueryOf } from './list-queries.ts';
import { jsonText, mostlyValid, mutated, oddString } from './odd-json.ts';
import type { QuietCloud } from './quiet-cloud.ts';
import { statusUpdateOf } from './status-updates.ts';
import { assemblyIdArbitrary, externalAssembly, fanOutAssembly, storedAssembly } from './stored-assembly.ts';

/** What a route is asked, beside who asks. */
export interface RouteRequest {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  /** Is there when the request comes. */
  readonly stored?: Assembly;
  /** Whose file a good link opens. */
  readonly linkOf?: string;
}

type Route = (typeof ROUTES)[number];
type KeyOf<R> = R extends { method: infer M extends string; path: infer P extends string }
  ? `${M} ${P}`
  : never;

/** Mostly a whole number in the form in which a query has one. */
const queryNumber = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 30 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('0', '-1', '1.5', '1e3', '٣', '100', '101', '9'.repeat(16), ' 1') },
  { weight: 1, arbitrary: oddString },
);

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });

const defined = <T>(record: Readonly<Record<string, T | undefined>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter((entry): entry is [string, T] => entry[1] !== undefined));

/** The id of the assembly that is there, in most cases. */
const idFor = ({ assembly_id }: Assembly): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(assembly_id) },
    { weight: 1, arbitrary: assemblyIdArbitrary },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        assembly_id.toUpperCase(),
        ` ${assembly_id}`,
        `${assembly_id}\n`,
        `%30${assembly_id}`,
      ),
    },
    { weight: 1, arbitrary: oddString },
  );

/** What any request may carry, to do with the route or not. */
const commonHeaders: fc.Arbitrary<Record<string, string>> = fc
  .record({
    'accept-language': optional(
      fc.oneof(fc.constantFrom('fr', 'en;q=0, fr', 'fr;q=2', '*', 'de-x', ','.repeat(500)), oddString),
    ),
    'if-none-match': optional(fc.oneof(fc.constantFrom('*', 'W/"x"', '"', ',,'), oddString)),
    'x-forwarded-for': optional(oddString),
    cookie: optional(oddString),
  })
  .map(defined);

const anyAssembly = fc.oneof(
  { weight: 3, arbitrary: storedAssembly },
  { weight: 1, arbitrary: fanOutAssembly },
);

const withAssembly = (
  more: (stored: Assembly) => fc.Arbitrary<Omit<RouteRequest, 'stored'>>,
  assemblies: fc.Arbitrary<Assembly> = anyAssembly,
): fc.Arbitrary<RouteRequest> =>
  assemblies.chain((stored) =>
    fc
      .tuple(idFor(stored), more(stored), commonHeaders)
      .map(([id, { path, headers: own, ...rest }, headers]) => ({
        stored,
        path: { assembly_id: id, ...path },
        headers: { ...headers, ...own },
        ...rest,
      })),
  );

/** As JSON is sent; in base64, where the gateway takes the type for bytes; or with a lie about which of the two it is. */
const bodyOf = (
  value: fc.Arbitrary<unknown>,
): fc.Arbitrary<Pick<RouteRequest, 'body' | 'isBase64Encoded' | 'headers'>> =>
  fc
    .record({
      text: jsonText(value),
      type: fc.oneof(
        { weight: 24, arbitrary: fc.constant<string | undefined>('application/json') },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            ...[
              'application/json; charset=utf-8',
              'application/merge-patch+json',
              'text/plain',
              '',
              undefined,
            ],
            ...[
              'application/json; charset=utf-16',
              'multipart/form-data; boundary=x',
              'application/json, text/html',
            ],
          ),
        },
        { weight: 1, arbitrary: oddString },
      ),
      encoding: fc.constantFrom(
        ...Array(9).fill('text'),
        'base64',
        'base64',
        'lie',
        'claimed',
        'bytes',
        'absent',
      ),
    })
    .map(({ text, type, encoding }) => {
      const base64 = Buffer.from(text).toString('base64');
      const bodies: Record<string, Pick<RouteRequest, 'body' | 'isBase64Encoded'>> = {
        text: { body: text, isBase64Encoded: false },
        base64: { body: base64, isBase64Encoded: true },
        lie: { body: base64, isBase64Encoded: false },
        claimed: { body: text, isBase64Encoded: true },
        bytes: { body: Buffer.from(`${text}é`, 'latin1').toString('base64'), isBase64Encoded: true },
        absent: { isBase64Encoded: false },
      };
      return { ...bodies[encoding], headers: defined({ 'content-type': type }) };
    });

const nonce = fc.string({ maxLength: 12 });

const upload = fc.record(
  {
    name: fc.constantFrom('photo.jpg', 'été 😀.png', '.hidden', 'a'.repeat(255)),
    size: fc.integer({ min: 1, max: 2 ** 30 }),
    mime: fc.constantFrom('image/jpeg', 'application/vnd.x+json'),
    md5hash: assemblyIdArbitrary.map((id) => id.slice(0, 32)),
    field: fc.constantFrom('file', '😀'),
    meta: fc.constantFrom({}, { a: [1, null] }, { '': '' }),
  },
  { requiredKeys: ['name', 'size', 'mime', 'md5hash'] },
);

/** Past the 2 KB that stay in the item, and past what a request may have. */
const longText = fc.constantFrom(2_100, 100_000).map((length) => 'word '.repeat(length / 5));
const hugeText = fc.constantFrom(5.1, 5.6, 6.2).map((megabytes) => 'x'.repeat(megabytes * 2 ** 20));
const text = fc.oneof(
  { weight: 60, arbitrary: fc.string({ minLength: 1, maxLength: 60 }) },
  { weight: 20, arbitrary: longText },
  { weight: 1, arbitrary: hugeText },
);

const settings = {
  reference: fc.oneof(fc.string({ minLength: 1, maxLength: 128, unit: 'grapheme' }), fc.constant('r')),
  webhook_url: fc.constantFrom(
    ...[
      'https://example.com/hook',
      'http://127.0.0.1:9/hook?a=1#b',
      'http://169.254.169.254/',
      'https://[::1]/',
    ],
    ...[
      'ftp://example.com',
      'https://user:pass@example.com/',
      'https://example.com:99999/',
      'https://é.example/',
    ],
    ...['http://0x7f.1/', 'https://xn--a/', '//example.com', 'https://a..b/', 'https://'],
  ),
  max_retries: fc.integer({ min: 0, max: 10 }),
  dry_run: fc.boolean(),
};
const submissionOf = (template_id: string, fields: fc.Arbitrary<unknown>, uploads?: fc.Arbitrary<unknown>) =>
  fc.record(
    { template_id: fc.constant(template_id), fields, ...(uploads && { uploads }), ...settings },
    { requiredKeys: uploads ? ['template_id', 'uploads'] : ['template_id', 'fields'] },
  );

/** Mostly some that can be; else one twice, with no id, too large, or too many. */
const recipients: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .uniqueArray(fc.string({ unit: fc.constantFrom(...'aB9.:~!é '), minLength: 1, maxLength: 12 }), {
        minLength: 1,
        maxLength: 6,
      })
      .map((ids) =>
        ids.map((id, n) => ({ [n % 2 ? 'id' : 'bioguideId']: id, name: `N ${n}`, chamber: 'house' })),
      ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      Array(2).fill({ id: 'a', name: 'N', chamber: 'house' }),
      Array(10_001).fill({ id: 'a' }),
      [{ name: 'N', chamber: 'senate' }],
      [{ id: 'a', name: 'x'.repeat(5_000), chamber: 'senate' }],
      [[], null, 1, 'a'],
      { length: 1 },
    ),
  },
);
const message = fc.record({
  subject: fc.string({ minLength: 1, maxLength: 20 }),
  message: fc.string({ minLength: 1, maxLength: 20 }),
  recipients,
  nonce,
});

/** A submission that the templates of this deployment take. */
export const submission: fc.Arbitrary<unknown> = fc.oneof(
  submissionOf('human-review', fc.record({ title: fc.string({ minLength: 1, maxLength: 200 }), nonce })),
  submissionOf(
    'text-statistics',
    fc.record(
      { text, nonce, language: fc.constantFrom('en', 'fr-CA', 'i-klingon', 'x-y') },
      { requiredKeys: ['text'] },
    ),
  ),
  submissionOf(
    'image-thumbnails',
    fc.record(
      { sizes: fc.constantFrom({ s: 16 }, { small: 160, large: 2_000 }), nonce },
      { requiredKeys: [] },
    ),
    fc.array(upload, { minLength: 1, maxLength: 4 }),
  ),
  submissionOf(
    'csv-validation',
    fc.record(
      {
        columns: fc.constantFrom<unknown>(
          [{ name: 'a', type: 'integer', min: 1 }],
          [{ name: 'a', type: 'string', pattern: '[A-Z]+' }],
          [{ name: 'a', type: 'string', pattern: '(a+)+\\1' }],
          [],
        ),
        rules: fc.constantFrom<unknown>([], [{ at_least_one: ['a', 'b'] }], [{ if: { column: 'a' } }]),
        nonce,
      },
      { requiredKeys: ['columns'] },
    ),
    fc.array(upload, { minLength: 1, maxLength: 4 }),
  ),
  submissionOf('message-tracking', message),
  submissionOf('message-delivery', message),
);

/** Mostly for one assembly, as most clients ask. */
const batchFlag = fc.oneof(
  { weight: 8, arbitrary: fc.constant(undefined) },
  { weight: 4, arbitrary: fc.constant('true') },
  { weight: 1, arbitrary: fc.constantFrom('false', 'TRUE', '', '1', 'true,true') },
);
const statusQuery = fc
  .record({
    batch: batchFlag,
    min_version: fc.option(queryNumber, { nil: undefined, freq: 2 }),
    other: optional(oddString),
  })
  .map((query) => ({ query: defined(query) }));

/** Ids of which one is that of the assembly that is there, in most cases, and none or many are beside it. */
const manyIds = (stored: Assembly): fc.Arbitrary<string[]> =>
  fc
    .record({
      id: idFor(stored),
      others: fc.oneof(
        { weight: 9, arbitrary: fc.array(assemblyIdArbitrary, { maxLength: 4 }) },
        { weight: 1, arbitrary: fc.array(assemblyIdArbitrary, { minLength: 95, maxLength: 101 }) },
        { weight: 1, arbitrary: fc.array(fc.constant(stored.assembly_id), { maxLength: 3 }) },
      ),
      first: fc.boolean(),
    })
    .map(({ id, others, first }) => (first ? [id, ...others] : [...others, id]));

const cursorOf = ({ assembly_id }: Assembly): fc.Arbitrary<string> => {
  const position = {
    created_at: '2026-11-22T01:55:21.218Z',
    endpoint_id: submissionEndpointId(assembly_id),
    event_id: `evt_${'0'.repeat(32)}`,
  };
  const valid = fc.constantFrom(['deliveries', assembly_id, position], [assembly_id, position]);
  const asCursor = (parts: unknown): string => Buffer.from(JSON.stringify(parts) ?? '').toString('base64url');
  return fc.oneof(valid.map(asCursor), mutated(valid).map(asCursor), oddString);
};

/** Mostly a cursor of the list that is asked for. */
const submissionsQueryOf = ({ assembly_id }: Assembly) =>
  fc
    .record({
      limit: optional(queryNumber),
      status: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(undefined, ...SUBMISSION_STATUSES) },
        { weight: 1, arbitrary: oddString },
      ),
      position: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom<unknown>('r-0', 'r-1', 'r-9', '!', '~') },
        { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
      ),
      kind: fc.constantFrom('none', 'none', 'own', 'own', 'foreign', 'odd'),
      odd: oddString,
    })
    .map(({ limit, status, position, kind, odd }) => {
      const cursors: Record<string, string | undefined> = {
        own: pageCursor(['submissions', assembly_id, status ?? ''], position),
        foreign: pageCursor(['submissions', 'f'.repeat(64), status ?? ''], position),
        odd,
      };
      return { limit, status, cursor: cursors[kind] };
    });

/**
 * How each route is asked. A route of lib/bindings.ts that is not here does not compile, and fails in routes.test.ts.
 */
export const routeRequests = ({
  secrets,
}: Pick<QuietCloud, 'secrets'>): Readonly<Record<KeyOf<Route>, fc.Arbitrary<RouteRequest>>> => {
  /** A good link to the file, one that has expired, and what somebody has tried at one. */
  const linkTo = (stored: Assembly) =>
    fc
      .record({
        resultId: fc.constantFrom('1-1', '1-2', '9-9'),
        hours: fc.integer({ min: -2, max: 24 }),
        odd: oddString,
      })
      .chain(({ resultId, hours, odd }) => {
        const expires = epochSeconds(new Date()) + hours * 3_600 + 60;
        const { assembly_id: assemblyId, attempt, user_id } = stored;
        const links = new ResultLinks(secrets.master, user_id);
        const { searchParams } = new URL(links.url('http://x', { assemblyId, attempt, resultId, expires }));
        const query = { exp: searchParams.get('exp') ?? '', sig: searchParams.get('sig') ?? '' };
        return fc.constantFrom<Omit<RouteRequest, 'stored'>>(
          { path: { result_id: resultId }, query, linkOf: user_id },
          { path: { result_id: resultId } },
          { path: { result_id: resultId }, query: { exp: query.exp } },
          { path: { result_id: resultId }, query: { exp: odd, sig: query.sig } },
          { path: { result_id: resultId }, query: { exp: query.exp, sig: odd } },
          { path: { result_id: odd }, query, linkOf: user_id },
        );
      });
  const plain = commonHeaders.map((headers) => ({ headers }));
  return {
    'POST /assemblies': bodyOf(mostlyValid(submission)).chain((body) =>
      commonHeaders.map((headers) => ({ ...body, headers: { ...headers, ...body.headers } })),
    ),
    'GET /assemblies': withAssembly((stored) => listQueryOf(stored, secrets)).map(
      ({ path: _, ...request }) => request,
    ),
    'GET /assemblies/{assembly_id}': withAssembly(() => statusQuery),
    'GET /status': withAssembly((stored) =>
      fc.tuple(statusQuery, manyIds(stored)).map(([{ query }, ids]) => ({
        query: { ...query, ids: ids.join() },
      })),
    ).map(({ path, query: { ids = '', ...query } = {}, ...request }) => ({
      ...request,
      query: { ...query, assemblyId: (query.batch === 'true' ? ids : path?.assembly_id) ?? '' },
    })),
    'POST /assemblies/batch-status': withAssembly((stored) =>
      bodyOf(mostlyValid(manyIds(stored).map((assembly_ids) => ({ assembly_ids })))),
    ).map(({ path: _, ...request }) => request),
    'POST /assemblies/{assembly_id}/status': withAssembly(
      (stored) => bodyOf(mostlyValid(statusUpdateOf(stored))),
      fc.oneof(
        { weight: 6, arbitrary: externalAssembly },
        { weight: 6, arbitrary: fanOutAssembly },
        { weight: 1, arbitrary: storedAssembly },
      ),
    ),
    'POST /assemblies/{assembly_id}/retry': withAssembly(({ attempt }) =>
      optional(fc.oneof(fc.constant(String(attempt)), queryNumber)).map((named) => ({
        query: defined({ attempt: named }),
      })),
    ),
    'DELETE /assemblies/{assembly_id}': withAssembly(() => fc.constant({})),
    'GET /assemblies/{assembly_id}/results/{result_id}': withAssembly(linkTo),
    'GET /assemblies/{assembly_id}/submissions': withAssembly(
      (stored) => submissionsQueryOf(stored).map((query) => ({ query: defined(query) })),
      fc.oneof({ weight: 4, arbitrary: fanOutAssembly }, { weight: 1, arbitrary: storedAssembly }),
    ),
    'GET /assemblies/{assembly_id}/deliveries': withAssembly((stored) =>
      fc
        .record({ limit: optional(queryNumber), cursor: optional(cursorOf(stored)) })
        .map((query) => ({ query: defined(query) })),
    ),
    'GET /webhook-secret': plain,
    'GET /health': plain,
    'GET /openapi.json': plain,
    'GET /docs': plain,
    'GET /docs/scalar.js': plain,
  };
};
