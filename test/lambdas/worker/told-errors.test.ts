import { createHash, randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { SignJWT } from 'jose';
import * as z from 'zod';
import { FileError, StepError, ValidationError } from '../../../lib/domain/assembly-error.ts';
import { defineTemplate } from '../../../lib/domain/template.ts';
import { buildRegistry } from '../../../lib/domain/template-registry.ts';
import { queueRecord } from '../../fuzz/message-bodies.ts';
import { type QuietCloud, startQuietCloud } from '../../fuzz/quiet-cloud.ts';
import { type Stores, storesOf } from '../../fuzz/stores.ts';
import { newAssembly } from '../new-assembly.ts';

/** What the step throws, by the name in its fields. */
const THROWN: Readonly<Record<string, () => unknown>> = {
  redis: () => new Error('Redis connection to 10.0.0.7:6379 failed'),
  reset: () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  enoent: () => Object.assign(new Error("ENOENT: no such file or directory, open 'a'"), { code: 'ENOENT' }),
  csv: () => new Error('Malformed row in line 4'),
  constraint: () => 'Unique constraint on "email"',
  killed: () => new Error('Process was killed by SIGKILL'),
  mistake: () => new TypeError("Cannot read properties of undefined (reading 'csv')"),
  other: () => new Error('paper jam'),
  file: () => new FileError('empty', { en: 'The file is empty.', fr: 'Le fichier est vide.' }),
  value: () => new ValidationError('no_words', { en: 'It has no words.', fr: 'Il n’a pas de mots.' }),
  queue: () => new StepError('busy', 'QUEUE_ERROR', { en: 'It is busy.', fr: 'Il est occupé.' }),
};

const template = defineTemplate({
  // The metrics know the ids of the registry alone.
  id: 'text-statistics',
  fields: z.object({ thrown: z.string() }),
  steps: [
    {
      name: 'import',
      title: 'Importing',
      run: async ({ fields }) => {
        throw THROWN[fields.thrown]?.();
      },
    },
  ],
});

let cloud: QuietCloud;
let stores: Stores;
let worker: (event: unknown, context: unknown) => Promise<unknown>;
const environment = { ...process.env };

beforeAll(async () => {
  cloud = await startQuietCloud();
  stores = storesOf(cloud);
  const { endpoints, credentials, tables, queues, bucket } = cloud;
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    JOBS_TABLE: tables.jobs,
    FILES_BUCKET: bucket,
    RETENTION_DAYS: '30',
    WORKER_TIMEOUT_SECONDS: '30',
    RETRY_BASE_SECONDS: '10',
    TEMPLATE_CONFIG: '{}',
    SUBMISSIONS_TABLE: tables.submissions,
    SUBMISSIONS_QUEUE_URL: queues.submissions,
    TALLY_QUEUE_URL: queues.tally,
  });
  jest.unstable_mockModule('../../../templates/registry.ts', () => ({
    templates: buildRegistry([template]),
  }));
  ({ handler: worker } = (await import('../../../lambdas/worker/handler.ts')) as never);
}, 60_000);

afterAll(async () => {
  process.env = environment;
  stores?.close();
  await cloud?.stop();
});

/** Has the worker's handler run a job that throws this, and asks for its status in that language. */
async function statusAfter(thrown: string, retries: number, acceptLanguage: string): Promise<unknown> {
  const user_id = randomUUID();
  const assembly_id = createHash('sha256').update(user_id).digest('hex');
  const now = new Date().toISOString();
  const assembly = newAssembly({
    ...{ assembly_id, user_id, template_id: template.id, fields: { thrown }, max_retries: retries },
    ...{ created_at: now, queued_at: now, deadline_at: Date.now() / 1000 + 900 },
  });
  await stores.putAssembly({ ...assembly, version: 1, last_writer: 'test', updated_at: now } as never);
  const message = JSON.stringify({ assembly_id, attempt: 1, claim: 0 });
  expect(await worker({ Records: [queueRecord('1', message)] }, {})).toEqual({ batchItemFailures: [] });
  const token = await new SignJWT({ sub: user_id })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('waybill')
    .setAudience('waybill')
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(cloud.secrets.jwt));
  const headers = { authorization: `Bearer ${token}`, 'accept-language': acceptLanguage };
  const answer = await fetch(`${cloud.url}/assemblies/${assembly_id}`, { headers });
  return { language: answer.headers.get('content-language'), ...((await answer.json()) as object) };
}

test.each([
  ['redis', 'QUEUE_ERROR', 'connection_failed', 'A service that', 'Un service nécessaire'],
  ['reset', 'QUEUE_ERROR', 'connection_failed', 'A service that', 'Un service nécessaire'],
  ['enoent', 'FILE_ERROR', 'file_unreadable', 'A file could not be read.', 'Un fichier n’a pas pu être lu.'],
  ['csv', 'FILE_ERROR', 'csv_malformed', 'CSV format error.', 'Erreur de format CSV. Vérifiez la structure'],
  ['constraint', 'VALIDATION_ERROR', 'data_invalid', 'The data did not', 'Les données n’ont pas'],
  ['killed', 'WORKER_ERROR', 'worker_crashed', 'The worker broke down', 'L’exécutant est tombé en panne'],
  ['mistake', 'WORKER_ERROR', 'step_failed', 'The step “import” failed', 'L’étape « import » a échoué'],
  ['other', 'WORKER_ERROR', 'step_failed', 'The step “import” failed', 'L’étape « import » a échoué'],
  ['file', 'FILE_ERROR', 'empty', 'The file is empty.', 'Le fichier est vide.'],
  ['value', 'VALIDATION_ERROR', 'no_words', 'It has no words.', 'Il n’a pas de mots.'],
  ['queue', 'QUEUE_ERROR', 'busy', 'It is busy.', 'Il est occupé.'],
])('a step that throws %s is told as %s, %s', async (thrown, category, code, en, fr) => {
  const told = { status: 'failed', error_code: code, error_category: category };
  const french = await statusAfter(thrown, 0, 'fr-CA,fr;q=0.9,en;q=0.5');
  expect(french).toMatchObject({ language: 'fr', ...told, error: expect.stringMatching(`^${fr}`) });
  for (const language of ['en-GB,en;q=0.8,fr;q=0.2', 'de'])
    expect(await statusAfter(thrown, 0, language)).toMatchObject({
      language: 'en',
      ...told,
      error: expect.stringMatching(`^${en}`),
    });
});

// A word in a text is no reason to give up; a type is.
test.each([
  ['enoent', 'queued'],
  ['csv', 'queued'],
  ['constraint', 'queued'],
  ['mistake', 'queued'],
  ['redis', 'queued'],
  ['file', 'failed'],
  ['value', 'failed'],
  ['queue', 'queued'],
])('while retries are left, an assembly whose step throws %s is %s', async (thrown, status) => {
  const answer = await statusAfter(thrown, 1, 'en');
  expect(answer).toMatchObject({ status, retry_count: status === 'queued' ? 1 : 0 });
  expect(answer).toMatchObject({ attempts: [{ error_category: expect.any(String) }] });
});
