import * as fc from 'fast-check';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { type Answer, leakFaults, problemFaults } from './fuzz-faults.ts';
import { FUZZ, FUZZ_TIMEOUT_MS, fuzzParameters } from './fuzz-parameters.ts';
import { mostlyValid, oddString, oddValue } from './odd-json.ts';
import { type QuietCloud, startQuietCloud } from './quiet-cloud.ts';
import { routeAnswers } from './route-answers.ts';
import { externalAssembly, markOf, OWNERS, storedAssembly } from './stored-assembly.ts';
import { type Stores, storesOf } from './stores.ts';

let cloud: QuietCloud;
let stores: Stores;

beforeAll(async () => {
  cloud = await startQuietCloud();
  stores = storesOf(cloud);
}, 60_000);

afterAll(async () => {
  stores?.close();
  await cloud?.stop();
});

/** docs/direct-lambda-call.md: as over HTTP, without what a gateway needs, and without a 304. */
const STATUSES = [200, 202, 400, 401, 404];
const SHOWN_LIKE = 'GET /assemblies/{assembly_id}';

interface DirectCall {
  readonly stored: Assembly;
  readonly payload: unknown;
}

const directCalls: fc.Arbitrary<DirectCall> = storedAssembly.chain((stored) => {
  const valid = fc.record(
    {
      assemblyId: fc.constantFrom(stored.assembly_id, stored.assembly_id, stored.assembly_id, 'f'.repeat(64)),
      userId: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...OWNERS) },
        { weight: 1, arbitrary: oddString },
      ),
      triggerWebhook: fc.boolean(),
      trusted: fc.constant(true),
      language: fc.constantFrom('en', 'fr'),
    },
    { requiredKeys: ['assemblyId'] },
  );
  return mostlyValid(valid).map((payload) => ({ stored, payload }));
});

/** Whether the caller has said that they answer for everybody, or for the owner. */
function mayCallerSee(payload: unknown, { user_id }: Assembly): boolean {
  const { userId, trusted } = Object(payload) as { userId?: unknown; trusted?: unknown };
  return userId === user_id || (userId === undefined && trusted === true);
}

function directCallFaults(answer: Answer, { stored, payload }: DirectCall): string[] {
  const { statusCode, headers = {}, body } = answer;
  const context = { sent: JSON.stringify(payload) ?? '', insideNames: cloud.insideNames };
  const hidden = mayCallerSee(payload, stored) ? [] : [markOf(stored.user_id)];
  const documented = STATUSES.includes(statusCode) ? [] : [`status ${statusCode} is not documented`];
  const json = JSON.parse(body ?? 'null') as unknown;
  const unlike = statusCode < 400 ? routeAnswers(SHOWN_LIKE).whyNot(statusCode, json) : undefined;
  return [
    ...documented,
    ...(statusCode < 400 ? [] : problemFaults(answer, json)),
    ...(unlike === undefined ? [] : [`the body is not as documented: ${unlike}`]),
    ...leakFaults({ statusCode, headers, body }, { ...context, hidden }),
  ];
}

test(
  'the status function, called directly, answers whatever it is given as documented',
  async () => {
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(directCalls, async (each) => {
        cloud.takeLog();
        await stores.putAssembly(each.stored);
        const invoked = await cloud.invoke('status', each.payload ?? null);
        if (!('value' in invoked)) throw new Error(`The handler threw ${JSON.stringify(invoked)}`);
        const answer = invoked.value as Answer;
        seen.add(answer.statusCode);
        const faults = directCallFaults(answer, each);
        if (faults.length > 0) throw new Error([...faults, ...cloud.takeLog()].join('\n'));
      }),
      fuzzParameters(),
    );
    if (FUZZ >= 1_000) expect([...seen].sort()).toEqual(STATUSES);
  },
  FUZZ_TIMEOUT_MS,
);

interface Overdue {
  readonly stored: Assembly;
  /** Attributes as nobody writes them. */
  readonly spoil?: Readonly<Record<string, unknown>>;
  /** What becomes of it; undefined where nobody can say. */
  readonly becomes?: Partial<Assembly>;
}

const overdue = (stored: Assembly): Assembly => ({
  ...stored,
  expires_at: undefined,
  deadline_at: Math.floor(Date.now() / 1000) - 60,
});

const open = storedAssembly.map((stored) => overdue({ ...stored, external: false }));

const sent: fc.Arbitrary<Overdue> = open.map((stored) => ({
  stored: { ...stored, status: 'queued' },
  becomes: { status: 'queued', version: stored.version + 1, claim: stored.claim },
}));
const lost: fc.Arbitrary<Overdue> = open.map((stored) => ({
  stored: { ...stored, status: 'processing' },
  becomes: {
    status: stored.retry_count < stored.max_retries ? 'queued' : 'failed',
    version: stored.version + 1,
  },
}));
const late: fc.Arbitrary<Overdue> = externalAssembly.map((stored) => ({
  stored: overdue({ ...stored, status: 'processing' }),
  becomes: { status: 'failed', version: stored.version + 1 },
}));
const neverUploaded: fc.Arbitrary<Overdue> = open
  .filter(({ uploads }) => uploads !== undefined)
  .map((stored) => ({
    stored: { ...stored, status: 'uploading', received: [], uploading_since: '2020-01-01T00:00:00.000Z' },
    becomes: { status: 'failed', version: stored.version + 1 },
  }));
const spoiled: fc.Arbitrary<Overdue> = fc
  .tuple(
    open,
    fc.constantFrom<Record<string, unknown>>(
      { fields: '{' },
      { uploads: 'null' },
      { attempts: '{}' },
      { received: '1' },
      { user_id: 7 },
      { version: 'seven' },
      { status: 'a status of tomorrow' },
      { queued_at: 'yesterday' },
    ),
  )
  .map(([stored, spoil]) => ({ stored: { ...stored, status: 'queued' }, spoil }));

/** A sweep looks into 32 shards, whatever is in them: so there are fewer of them, with up to twenty assemblies each. */
const SHARE = 0.03;

test(
  'sweep: every good assembly whose deadline has come is looked after, whatever the others are',
  async () => {
    const batch = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: sent },
        { weight: 3, arbitrary: lost },
        { weight: 2, arbitrary: late },
        { weight: 2, arbitrary: neverUploaded },
        { weight: 3, arbitrary: spoiled },
      ),
      { minLength: 1, maxLength: 20, size: 'max' },
    );
    await fc.assert(
      fc.asyncProperty(batch, oddValue, async (all, event) => {
        cloud.takeLog();
        await Promise.all(all.map(({ stored, spoil }) => stores.putAssembly(stored, spoil)));
        const invoked = await cloud.invoke('sweep', event ?? null);
        const faults = await Promise.all(all.map((each) => whyNotSwept(each)));
        // What cannot be read stays overdue, and would be met by every sweep after this one.
        await Promise.all(all.map(({ stored }) => stores.removeAssembly(stored.assembly_id)));
        if (!('value' in invoked)) throw new Error(`The handler threw ${JSON.stringify(invoked)}`);
        const wrong = faults.filter((fault) => fault !== undefined);
        if (wrong.length > 0) throw new Error([...wrong, ...cloud.takeLog()].join('\n'));
      }),
      fuzzParameters<[Overdue[], unknown]>([], { share: SHARE }),
    );
  },
  FUZZ_TIMEOUT_MS,
);

async function whyNotSwept({ stored, becomes }: Overdue): Promise<string | undefined> {
  if (!becomes) return undefined;
  const found = await stores.assembly(stored.assembly_id);
  const wrong = Object.entries(becomes).filter(([name, value]) => found?.[name as keyof Assembly] !== value);
  if (found?.deadline_at !== undefined && found.deadline_at <= Date.now() / 1000)
    return 'it is overdue still';
  return wrong.length === 0 ? undefined : `${stored.status} → ${found?.status}: ${JSON.stringify(wrong)}`;
}
