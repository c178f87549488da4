import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as fc from 'fast-check';
import { toItem } from '../../lambdas/shared/assembly-item.ts';
import { type Assembly, epochSeconds } from '../../lib/domain/assembly.ts';
import type { Status } from '../../lib/domain/state-machine.ts';
import type { Upload } from '../../lib/domain/upload.ts';
import type { QuietCloud } from './quiet-cloud.ts';
import { putSubmission, submissionsOf, withRecipients } from './stored-submissions.ts';

/** Whose the assemblies are; the third has none. */
export const OWNERS = ['ada', 'bob'] as const;

/** In every private text of an owner's assemblies: wherever it is read, something of theirs is seen. */
export const markOf = (owner: string): string => `private-to-${owner}`;

/** Not made smaller in a failure: two records of a batch would become one assembly, and fail for that. */
export const assemblyIdArbitrary: fc.Arbitrary<string> = fc.noShrink(
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 }),
);

const uploadArbitrary: fc.Arbitrary<Upload> = fc
  .record({
    md5hash: assemblyIdArbitrary.map((id) => id.slice(0, 32)),
    name: fc.constantFrom('photo.jpg', 'été 😀.png', "o'hara (1).tar.gz", '.hidden', 'none'),
    size: fc.integer({ min: 1, max: 5 * 2 ** 30 }),
  })
  .map(({ md5hash, ...rest }) => ({ id: md5hash, md5hash, mime: 'image/jpeg', field: 'file', ...rest }));

type Drawn = typeof shape extends fc.Arbitrary<infer T> ? T : never;

const shape = fc.record({
  assembly_id: assemblyIdArbitrary,
  owner: fc.constantFrom(...OWNERS),
  status: fc.constantFrom<Status>(
    'uploading',
    'queued',
    'processing',
    'completed',
    'partial',
    'failed',
    'canceled',
  ),
  external: fc.boolean(),
  attempt: fc.integer({ min: 1, max: 30 }),
  claim: fc.integer({ min: 0, max: 30 }),
  retries: fc.record({
    retry_count: fc.integer({ min: 0, max: 3 }),
    max_retries: fc.integer({ min: 0, max: 3 }),
  }),
  uploads: fc.uniqueArray(uploadArbitrary, { minLength: 1, maxLength: 3, selector: ({ id }) => id }),
  progress: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 10_000 }).map((progress) => progress / 100),
  ),
  ageSeconds: fc.integer({ min: 0, max: 40 * 86_400 }),
  expired: fc.constantFrom(false, false, false, false, true),
  webhook: fc.boolean(),
  result: fc.jsonValue({ maxDepth: 2 }),
  largeResult: fc.boolean(),
});

const LARGE_RESULT = {
  ...{ id: '1-2', name: 'result.json', size: 40_000, mime: 'application/json' },
  ...{ field: '', original_id: '' },
};

/**
 * An assembly of one of the owners as it could be stored, in any state, old or young, of an external template, with files or
 * without: what the request of a fuzz case finds.
 */
export const storedAssembly: fc.Arbitrary<Assembly> = shape.map(toAssembly);

/** The same, of an external template, and mostly one that has not ended. */
export const externalAssembly: fc.Arbitrary<Assembly> = fc
  .tuple(shape, fc.constantFrom<Status | undefined>('queued', 'processing', 'processing', undefined))
  .map(([drawn, status]) =>
    toAssembly({ ...drawn, external: true, expired: false, status: status ?? endOf(drawn) }),
  );

/** With one to five recipients; see `submissionsOf` for what became of each. */
export const fanOutAssembly: fc.Arbitrary<Assembly> = fc
  .tuple(fc.oneof(storedAssembly, externalAssembly), fc.integer({ min: 1, max: 5 }))
  .map(([stored, count]) => withRecipients(stored, markOf(stored.user_id), count));

const endOf = ({ status }: Drawn): Status => (status === 'uploading' ? 'failed' : status);

function toAssembly(drawn: Drawn): Assembly {
  const { owner, status, ageSeconds, uploads, retries } = drawn;
  const mark = markOf(owner);
  const at = (secondsLater: number): string =>
    new Date(Date.now() - ageSeconds * 1000 + secondsLater * 1000).toISOString();
  // Uploads are of worked templates alone.
  const external = drawn.external && status !== 'uploading';
  const files = !external && (status === 'uploading' || uploads.length > 1);
  const ended = ['completed', 'partial', 'failed', 'canceled'].includes(status);
  const whole = status === 'completed' || status === 'partial';
  const [first] = uploads;
  return {
    assembly_id: drawn.assembly_id,
    template_id: external ? 'human-review' : files ? 'image-thumbnails' : 'text-statistics',
    user_id: owner,
    status,
    attempt: drawn.attempt,
    claim: drawn.claim,
    version: 7,
    last_writer: 'fuzz',
    external,
    branch: 'main',
    reference: mark,
    fields: { text: mark },
    fields_md5: '0'.repeat(32),
    progress: drawn.progress,
    ...retries,
    ...(drawn.webhook && { webhook_url: `http://127.0.0.1:9/${mark}` }),
    ...(files && { uploads, received: status === 'uploading' ? [] : uploads.map(({ id }) => id) }),
    ...(files &&
      whole && {
        results: {
          thumbnails: [
            {
              id: '1-1',
              name: `${mark}.webp`,
              size: 9,
              mime: 'image/webp',
              field: 'file',
              original_id: first?.id ?? '',
            },
          ],
        },
      }),
    ...(status === 'partial' &&
      files && {
        file_errors: {
          [uploads.at(-1)?.id ?? '']: { code: 'not_a_picture', category: 'FILE_ERROR', message: mark },
        },
      }),
    ...(whole && !drawn.largeResult && { result: drawn.result as Assembly['result'] }),
    ...(whole && drawn.largeResult && { result_file: LARGE_RESULT }),
    ...(status === 'failed' && { error: { code: 'step_failed', category: 'WORKER_ERROR', details: mark } }),
    created_at: at(-2),
    updated_at: at(0),
    ...(status === 'uploading' ? { uploading_since: at(-1) } : { queued_at: at(-1) }),
    ...(status !== 'queued' && status !== 'uploading' && { started_at: at(0) }),
    ...(ended
      ? { ended_at: at(0), expires_at: epochSeconds(new Date()) + (drawn.expired ? -1 : 9 * 86_400) }
      : { deadline_at: epochSeconds(new Date()) + 86_400 }),
    ...(external && { timeout_seconds: 86_400 }),
  };
}

/** The tables of that cloud, past the functions. To be destroyed after use. */
export const documentsOf = ({ endpoints, credentials }: QuietCloud): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({ region: 'us-east-1', endpoint: endpoints.dynamodb, credentials }),
    { marshallOptions: { removeUndefinedValues: true } },
  );

/** Over whatever is there, with the submissions that it has. */
export const putAssembly = async (
  assembly: Assembly,
  {
    documents,
    tables,
  }: { readonly documents: DynamoDBDocumentClient; readonly tables: QuietCloud['tables'] },
): Promise<void> => {
  await documents.send(new PutCommand({ TableName: tables.jobs, Item: toItem(assembly) }));
  const table = tables.submissions;
  await Promise.all(submissionsOf(assembly).map((row) => putSubmission(row, { documents, table })));
};
