import fc from 'fast-check';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import type { AssemblyError } from '../../../lib/domain/assembly-error.ts';
import { type AssemblyStatus, assemblyStatus } from '../../../lib/domain/assembly-status.ts';
import type { Json } from '../../../lib/domain/json.ts';
import { LANGUAGES, type Language } from '../../../lib/domain/language.ts';
import type { ResultFile } from '../../../lib/domain/result-file.ts';
import type { Status } from '../../../lib/domain/state-machine.ts';
import { etagOf, httpStatusOf, retryAfterSeconds } from '../../../lib/domain/status-headers.ts';
import { statusOf } from '../../../lib/domain/status-of.ts';
import type { Upload } from '../../../lib/domain/upload.ts';
import { sampleAssembly } from './sample-assembly.ts';

const NOW = new Date('2026-03-01T12:00:10.000Z');
const ALL: readonly Status[] = [
  'uploading',
  'queued',
  'processing',
  'completed',
  'partial',
  'failed',
  'canceled',
];
const at = (time: string): Date => new Date(`2026-03-01T${time}Z`);
/** The seconds of noon as they are stored. */
const second = (seconds: number): string => new Date(NOW.getTime() - 10_000 + seconds * 1000).toISOString();

/** An assembly with every attribute that there is; those that are private say so. */
const fullAssembly = (status: Status): Assembly =>
  sampleAssembly({
    status,
    attempt: 2,
    claim: 77_001,
    version: 9,
    last_writer: 'PRIVATE last_writer',
    external: true,
    branch: 'release/1',
    fields: { text: 'PRIVATE fields' },
    fields_md5: 'PRIVATE fields_md5',
    reference: 'lead-17',
    webhook_url: 'https://PRIVATE.example/webhook_url',
    progress: 80,
    progress_message: 'Counting words',
    result: { words: 3 },
    error: { code: 'step_failed', category: 'WORKER_ERROR', params: { step: 'count' }, details: 'Error: x' },
    retry_count: 1,
    max_retries: 5,
    updated_at: second(9),
    queued_at: second(1),
    started_at: second(2),
    ended_at: second(8.5),
    deadline_at: 77_002,
    timeout_seconds: 77_004,
    uploading_since: 'PRIVATE uploading_since',
    redo: ['PRIVATE redo'],
    next_retry_at: second(20),
    attempts: [
      {
        attempt: 1,
        status: 'queued',
        started_at: second(0),
        ended_at: second(1),
        error: { code: 'worker_lost', category: 'WORKER_ERROR' },
      },
      { attempt: 1, status: 'canceled', ended_at: second(1.5) },
    ],
    expires_at: 77_003,
  });

const linkTo = ({ id }: ResultFile): string => `https://api.example.com/results/${id}`;
const tell = (assembly: Assembly, now: Date, language: Language = 'en'): AssemblyStatus =>
  statusOf(assembly, { now, language, linkTo });

const isWellKnown = (status: AssemblyStatus): AssemblyStatus => assemblyStatus.parse(status);

/** What every place in the queue is but one that was looked up. */
const NOT_IN_LINE = {
  ...{ position: null, ahead: null, depth: null, estimated_start_at: null, as_of: null },
  ...{ approximate: false, degraded: false },
};

describe('statusOf', () => {
  test('a new assembly', () => {
    expect(tell(sampleAssembly({ template_id: 'human-review' }), NOW)).toStrictEqual({
      assembly_id: 'a0'.repeat(32),
      message: 'Waiting for a worker',
      uploads: [],
      results: {},
      bytes_expected: 0,
      bytes_received: 0,
      bytes_usage: 0,
      execution_duration: 0,
      template_id: 'human-review',
      branch: 'main',
      user: { userId: 'ada' },
      created_at: second(0),
      updated_at: second(0),
      status: 'queued',
      version: 1,
      attempt: 1,
      progress: 0,
      queued_at: second(0),
      queue: { ...NOT_IN_LINE, state: 'waiting' },
      duration_ms: 0,
      can_retry: false,
      retry_count: 0,
      max_retries: 3,
      attempts: [],
    });
  });

  test('an assembly with everything', () => {
    expect(tell(fullAssembly('failed'), NOW)).toStrictEqual({
      assembly_id: 'a0'.repeat(32),
      error: 'The step “count” failed unexpectedly.',
      message: 'Failed',
      uploads: [],
      results: {},
      bytes_expected: 0,
      bytes_received: 0,
      bytes_usage: 0,
      execution_duration: 6.5,
      execution_start: second(2),
      last_job_completed: second(8.5),
      template_id: 'text-statistics',
      branch: 'release/1',
      user: { userId: 'ada' },
      created_at: second(0),
      updated_at: second(9),
      status: 'failed',
      version: 9,
      attempt: 2,
      progress: 80,
      progress_message: 'Counting words',
      reference: 'lead-17',
      queued_at: second(1),
      queue: { ...NOT_IN_LINE, state: null },
      completed_at: second(8.5),
      duration_ms: 6500,
      error_code: 'step_failed',
      error_category: 'WORKER_ERROR',
      error_details: 'Error: x',
      can_retry: true,
      retry_count: 1,
      max_retries: 5,
      next_retry_at: second(20),
      attempts: [
        {
          attempt: 1,
          status: 'queued',
          started_at: second(0),
          ended_at: second(1),
          error: 'The worker stopped in the middle of the work.',
          error_code: 'worker_lost',
          error_category: 'WORKER_ERROR',
        },
        { attempt: 1, status: 'canceled', ended_at: second(1.5) },
      ],
    });
  });

  test.each(ALL)('%s has the documented shape, with every attribute and without', (status) => {
    const some = [
      fullAssembly(status),
      withFiles({ status }),
      sampleAssembly({ status, queued_at: undefined }),
    ];
    for (const assembly of some) {
      const told = tell(assembly, NOW);
      expect(assemblyStatus.safeParse(told)).toMatchObject({ success: true, data: { status } });
      expect(Object.values(told)).not.toContain(undefined);
    }
  });

  test.each<[Status, 'ASSEMBLY_COMPLETED' | undefined, string | undefined, string, boolean]>([
    ['uploading', undefined, undefined, 'Waiting for the uploads', false],
    ['queued', undefined, undefined, 'Waiting for a worker', false],
    ['processing', undefined, undefined, 'In work', false],
    ['completed', 'ASSEMBLY_COMPLETED', undefined, 'Completed', false],
    ['partial', 'ASSEMBLY_COMPLETED', undefined, 'Completed in part', true],
    ['failed', undefined, 'The assembly failed.', 'Failed', true],
    ['canceled', undefined, 'The assembly was canceled.', 'Canceled', true],
  ])('%s: ok %s, error %s', (status, ok, error, message, can_retry) => {
    const told = tell(sampleAssembly({ status }), NOW);
    expect(told).toMatchObject({ message, can_retry });
    expect([told.ok, told.error]).toEqual([ok, error]);
    expect(['ok' in told, 'error' in told]).toEqual([ok !== undefined, error !== undefined]);
  });

  test.each<[Status, string, string | undefined]>([
    ['uploading', 'En attente des fichiers', undefined],
    ['queued', 'En attente de traitement', undefined],
    ['processing', 'En cours de traitement', undefined],
    ['completed', 'Terminé', undefined],
    ['partial', 'Terminé en partie', undefined],
    ['failed', 'Échoué', 'Le traitement a échoué.'],
    ['canceled', 'Annulé', 'Le traitement a été annulé.'],
  ])('%s in French: %s', (status, message, error) => {
    const assembly = sampleAssembly({ status });
    const { message: _message, error: _error, ...others } = tell(assembly, NOW, 'en');
    expect(tell(assembly, NOW, 'fr')).toStrictEqual({ ...others, message, ...(error && { error }) });
  });

  // `if (a.ok || a.error) stop` is how a client of seed 003 knows that it has ended.
  test.each(ALL)('%s: a client of the seed stops exactly where it has ended', (status) => {
    for (const assembly of [fullAssembly(status), sampleAssembly({ status })]) {
      const { ok, error } = tell(assembly, NOW);
      expect(Boolean(ok || error)).toBe(httpStatusOf(status) === 200);
      expect(Boolean(ok && error)).toBe(false);
    }
  });

  test('an error says what its worker said', () => {
    const error = {
      code: 'ModelTimeout',
      category: 'QUEUE_ERROR',
      message: 'The model was asleep.',
      details: '504',
    } as const;
    expect(tell(sampleAssembly({ status: 'failed', error }), NOW)).toMatchObject({
      error: 'The model was asleep.',
      error_code: 'ModelTimeout',
      error_category: 'QUEUE_ERROR',
      error_details: '504',
    });
  });

  test.each<[Status, AssemblyError['retryable'], boolean]>([
    ['failed', undefined, true],
    ['failed', false, false],
    ['canceled', undefined, true],
    ['completed', false, false],
    ['processing', undefined, false],
  ])('%s with an error of which retryable is %s: can_retry %s', (status, retryable, can_retry) => {
    const error: AssemblyError = {
      code: 'a',
      category: 'FILE_ERROR',
      ...(retryable === false && { retryable }),
    };
    expect(tell(sampleAssembly({ status, error }), NOW).can_retry).toBe(can_retry);
  });

  describe('can_retry', () => {
    const failed: AssemblyError = { code: 'a', category: 'FILE_ERROR' };
    const hopeless: AssemblyError = { ...failed, retryable: false };

    test.each<[string, Partial<Assembly>, boolean]>([
      ['failed, one retry left', { status: 'failed', retry_count: 2 }, true],
      ['failed, the retries spent', { status: 'failed', retry_count: 3 }, false],
      ['failed, more spent than there were', { status: 'failed', retry_count: 4 }, false],
      ['failed, none from the beginning', { status: 'failed', max_retries: 0 }, false],
      ['canceled, one retry left', { status: 'canceled', retry_count: 2 }, true],
      ['canceled, the retries spent', { status: 'canceled', retry_count: 3 }, false],
      ['partial, a file may be better next time', { file_errors: { a: hopeless, b: failed } }, true],
      ['partial, no file ever will', { file_errors: { a: hopeless, b: hopeless } }, false],
      ['partial, the retries spent', { file_errors: { a: failed }, retry_count: 3 }, false],
      ['partial, nobody says of which file', {}, true],
      ['completed', { status: 'completed' }, false],
      ['waiting for its next run', { status: 'queued', retry_count: 1, next_retry_at: second(20) }, false],
    ])('%s: %s', (_, attributes, expected) => {
      expect(tell(sampleAssembly({ status: 'partial', ...attributes }), NOW).can_retry).toBe(expected);
    });
  });

  test('while it waits for its next run, it says when that is, and of the runs before why', () => {
    const error = { code: 'worker_timeout', category: 'WORKER_ERROR', params: { seconds: 290 } } as const;
    const assembly = sampleAssembly({
      retry_count: 1,
      next_retry_at: second(20),
      attempts: [{ attempt: 1, status: 'queued', started_at: second(1), ended_at: second(5), error }],
    });
    const told = isWellKnown(tell(assembly, NOW, 'fr'));
    expect(told).toMatchObject({ status: 'queued', retry_count: 1, next_retry_at: second(20) });
    expect(told.attempts).toStrictEqual([
      {
        attempt: 1,
        status: 'queued',
        started_at: second(1),
        ended_at: second(5),
        error: 'Le travail a duré plus que les 290 s autorisées.',
        error_code: 'worker_timeout',
        error_category: 'WORKER_ERROR',
      },
    ]);
    for (const name of ['error', 'error_code', 'execution_start']) expect(told).not.toHaveProperty(name);
  });

  test.each<[Json]>([[null], [false], [0], [''], [[]], [{}]])('the result %j is shown', (result) => {
    const told = tell(sampleAssembly({ status: 'completed', result }), NOW);
    expect(told).toHaveProperty('result', result);
  });

  test.each(ALL)('%s: what is private is never told', (status) => {
    const told = tell(fullAssembly(status), NOW);
    expect(JSON.stringify(told)).not.toMatch(/PRIVATE|77_?00\d/);
    for (const name of [
      'fields',
      'fields_md5',
      'webhook_url',
      'claim',
      'last_writer',
      'external',
      'user_id',
      'deadline_at',
      'timeout_seconds',
      'uploading_since',
      'redo',
      'expires_at',
      'started_at',
      'ended_at',
    ])
      expect(told).not.toHaveProperty(name);
  });

  test('an attribute that comes later is private until somebody decides otherwise', () => {
    const assembly = { ...sampleAssembly(), later: 'acme', fields_url: 's3://x' } as Assembly;
    expect(tell(assembly, NOW)).toStrictEqual(tell(sampleAssembly(), NOW));
  });
});

/** Two uploads, one of which is there, spoiled, and has results. */
const withFiles = (attributes: Partial<Assembly> = {}): Assembly =>
  sampleAssembly({
    uploads: [PHOTO, ARCHIVE],
    received: [ARCHIVE.id],
    results: { resize: [SMALL, LARGE], report: [REPORT] },
    file_errors: { [ARCHIVE.id]: { code: 'file_missing', category: 'FILE_ERROR', params: { name: 'b' } } },
    ...attributes,
  });
const PHOTO: Upload = {
  id: '5d41402abc4b2a76b9719d911017c592',
  name: 'photo.jpg',
  size: 300,
  mime: 'image/jpeg',
  md5hash: '5d41402abc4b2a76b9719d911017c592',
  field: 'portrait',
  meta: { lot: 7 },
};
const ARCHIVE: Upload = {
  id: '5d41402abc4b2a76b9719d911017c592-2',
  name: 'été.tar.gz',
  size: 100,
  mime: 'application/gzip',
  md5hash: '5d41402abc4b2a76b9719d911017c592',
  field: 'file',
};
const SMALL: ResultFile = {
  id: '1-1',
  name: 'photo-small.webp',
  size: 10,
  mime: 'image/webp',
  field: 'portrait',
  original_id: PHOTO.id,
  meta: { width: 64 },
};
const LARGE: ResultFile = { ...SMALL, id: '1-2', name: 'photo-large.webp', size: 2_000 };
const REPORT: ResultFile = {
  id: '1-3',
  name: 'README',
  size: 5,
  mime: 'text/plain',
  field: '',
  original_id: '',
};

describe('the files', () => {
  test('that were announced, in their order, whether or not they are there', () => {
    expect(tell(withFiles(), NOW).uploads).toStrictEqual([
      { ...PHOTO, basename: 'photo', ext: 'jpg' },
      { ...ARCHIVE, basename: 'été.tar', ext: 'gz' },
    ]);
  });

  test('that were made, by step, each with the link that it is given', () => {
    expect(tell(withFiles({ status: 'completed' }), NOW).results).toStrictEqual({
      resize: [
        { ...SMALL, basename: 'photo-small', ext: 'webp', ssl_url: 'https://api.example.com/results/1-1' },
        { ...LARGE, basename: 'photo-large', ext: 'webp', ssl_url: 'https://api.example.com/results/1-2' },
      ],
      report: [{ ...REPORT, basename: 'README', ext: '', ssl_url: 'https://api.example.com/results/1-3' }],
    });
  });

  test('that hold the result are beside it, where the end is one', () => {
    const made = withFiles({ result_file: { ...REPORT, id: '1-4' }, results: undefined });
    const link = 'https://api.example.com/results/1-4';
    for (const status of ['completed', 'partial'] as const)
      expect(isWellKnown(tell({ ...made, status }, NOW))).toMatchObject({
        result_file: { ...REPORT, id: '1-4', ssl_url: link },
        results: {},
        bytes_usage: REPORT.size,
      });
    // While a part is done anew, and where that has failed.
    for (const status of ['queued', 'processing', 'failed', 'canceled'] as const) {
      const told = tell({ ...made, status }, NOW);
      expect(told).not.toHaveProperty('result_file');
      expect(told.bytes_usage).toBe(0);
    }
  });

  test.each<[string, Partial<Assembly>, number[]]>([
    ['none there', { received: [] }, [400, 0, 2_015]],
    ['one there', { received: [ARCHIVE.id] }, [400, 100, 2_015]],
    ['all there', { received: [ARCHIVE.id, PHOTO.id] }, [400, 400, 2_015]],
    ['never told what is there', { received: undefined }, [400, 0, 2_015]],
    ['one there that nobody announced', { received: ['f'.repeat(32)] }, [400, 0, 2_015]],
    ['nothing made', { results: undefined }, [400, 100, 0]],
    ['none at all', { uploads: undefined, received: undefined, results: undefined }, [0, 0, 0]],
  ])('are counted in bytes: %s', (_, attributes, bytes) => {
    const told = isWellKnown(tell(withFiles(attributes), NOW));
    expect([told.bytes_expected, told.bytes_received, told.bytes_usage]).toEqual(bytes);
  });

  test.each<[Status, Partial<Assembly>, number]>([
    ['uploading', { received: [] }, 0],
    ['uploading', { received: [ARCHIVE.id] }, 25],
    ['uploading', { received: [PHOTO.id] }, 75],
    ['uploading', { received: [PHOTO.id, ARCHIVE.id] }, 100],
    ['uploading', { received: [ARCHIVE.id], uploads: [{ ...PHOTO, size: 200 }, ARCHIVE] }, 33],
    ['uploading', { received: [ARCHIVE.id], progress: 80 }, 25],
    ['queued', { received: [ARCHIVE.id] }, 0],
    ['processing', { received: [ARCHIVE.id], progress: 80 }, 80],
  ])('%s: the progress is that of the uploads while they come, %j', (status, attributes, progress) => {
    expect(tell(withFiles({ status, ...attributes }), NOW).progress).toBe(progress);
  });
});

describe('the files that could not be used', () => {
  const error = {
    code: 'black',
    category: 'FILE_ERROR',
    message: { en: 'It is black.', fr: 'Elle est noire.' },
  };
  const file_errors = {
    [ARCHIVE.id]: {
      code: 'file_changed',
      category: 'FILE_ERROR',
      params: { name: 'été.tar.gz' },
      details: 'PRIVATE',
    },
    [PHOTO.id]: error,
  } as Assembly['file_errors'];

  test.each<[Language, string, string]>([
    ['en', 'It is black.', 'The file “été.tar.gz” is not the one that was announced: its md5 differs.'],
    [
      'fr',
      'Elle est noire.',
      'Le fichier « été.tar.gz » n’est pas celui qui a été annoncé : son md5 diffère.',
    ],
  ])('are named in the order of the uploads, in %s', (language, black, changed) => {
    const told = isWellKnown(tell(withFiles({ status: 'partial', file_errors }), NOW, language));
    expect(told.file_errors).toStrictEqual([
      {
        upload_id: PHOTO.id,
        name: 'photo.jpg',
        error: black,
        error_code: 'black',
        error_category: 'FILE_ERROR',
      },
      {
        upload_id: ARCHIVE.id,
        name: 'été.tar.gz',
        error: changed,
        error_code: 'file_changed',
        error_category: 'FILE_ERROR',
      },
    ]);
  });

  test.each<[string, Assembly['file_errors']]>([
    ['nothing was spoiled', undefined],
    ['the list is empty', {}],
    [
      'what was spoiled is no upload',
      { toString: { code: 'a', category: 'FILE_ERROR' } } as Assembly['file_errors'],
    ],
  ])('are left out where %s', (_, none) => {
    expect(tell(withFiles({ status: 'completed', file_errors: none }), NOW)).not.toHaveProperty(
      'file_errors',
    );
  });
});

describe('the documented shape', () => {
  const upload = {
    id: 'u1',
    name: 'photo.jpg',
    basename: 'photo',
    ext: 'jpg',
    size: 12_345,
    mime: 'image/jpeg',
    field: 'file',
    md5hash: '5d41402abc4b2a76b9719d911017c592',
  };
  const { md5hash: _, ...file } = upload;
  const fileError = {
    upload_id: 'u1',
    name: 'photo.jpg',
    error: 'It is black.',
    error_code: 'black',
    error_category: 'FILE_ERROR' as const,
  };
  const image = { ...file, original_id: 'u1', ssl_url: 'https://api.example.com/assemblies/x/results/r1' };
  const told: AssemblyStatus = {
    ...tell(fullAssembly('completed'), NOW),
    uploads: [upload, { ...upload, meta: { width: 640, exif: { iso: 100 } } }],
    results: { resize: [image, { ...image, meta: { width: 64 } }], watermark: [] },
    bytes_expected: 24_690,
    bytes_received: 24_690,
    bytes_usage: 30_000,
    progress: 100,
  };

  test('has room for the files of seed 003', () => {
    expect(assemblyStatus.parse(told)).toStrictEqual(told);
    expect(assemblyStatus.safeParse({ ...told, progress: 0 }).success).toBe(true);
    expect(assemblyStatus.safeParse({ ...told, file_errors: [fileError] }).success).toBe(true);
  });

  test.each<[string, object]>([
    ['what is private', { webhook_url: 'https://example.com/hook' }],
    ['a user with more than an id', { user: { userId: 'ada', email: 'ada@example.com' } }],
    ['an upload with more', { uploads: [{ ...upload, path: '/tmp/x' }] }],
    ['an upload without md5', { uploads: [file] }],
    ['a result with more', { results: { resize: [{ ...image, key: 's3://x' }] } }],
    ['a result without its upload', { results: { resize: [{ ...image, original_id: undefined }] } }],
    ['a link that is none', { results: { resize: [{ ...image, ssl_url: 'results/r1' }] } }],
    ...['id', 'name', 'basename', 'ext', 'size', 'mime', 'field'].map((name): [string, object] => [
      `an upload without ${name}`,
      { uploads: [{ ...upload, [name]: undefined }] },
    ]),
    ['an id of another form', { assembly_id: 'A0'.repeat(32) }],
    ['an id that is too long', { assembly_id: `${told.assembly_id}0` }],
    ['an id that is too short', { assembly_id: told.assembly_id.slice(1) }],
    ['another word for ok', { ok: 'COMPLETED' }],
    ['a status that there is not', { status: 'done' }],
    ['half a byte', { bytes_usage: 0.5 }],
    ['fewer than no bytes', { bytes_received: -1 }],
    ['a negative duration', { execution_duration: -0.001 }],
    ['version 0', { version: 0 }],
    ['half a version', { version: 1.5 }],
    ['attempt 0', { attempt: 0 }],
    ['half an attempt', { attempt: 1.5 }],
    ['progress below 0', { progress: -0.1 }],
    ['progress above 100', { progress: 100.1 }],
    ['a time without a zone', { created_at: '2026-03-01T12:00:00' }],
    ['a category that there is not', { error_category: 'MODEL_ERROR' }],
    ['a result that is no JSON', { result: { at: NOW } }],
    ['a spoiled file with more', { file_errors: [{ ...fileError, details: 'ECONNRESET' }] }],
    ['a spoiled file without its sentence', { file_errors: [{ ...fileError, error: undefined }] }],
  ])('excludes %s', (_name, change) => {
    expect(assemblyStatus.safeParse({ ...told, ...change }).success).toBe(false);
  });
});

describe('the duration', () => {
  const durationAt = (attributes: Partial<Assembly>, now: Date) => {
    const { duration_ms, execution_duration } = isWellKnown(tell(sampleAssembly(attributes), now));
    return { duration_ms, execution_duration };
  };

  test.each<[string, Partial<Assembly>, number]>([
    ['before a worker took it', { status: 'queued' }, 0],
    ['in work: until now', { status: 'processing', started_at: second(7.655) }, 2345],
    ['ended: until then', { status: 'completed', started_at: second(1), ended_at: second(4) }, 3000],
    ['ended without having been taken', { status: 'canceled', ended_at: second(4) }, 0],
    ['started by a clock that is ahead', { status: 'processing', started_at: second(11) }, 0],
    ['ended by a clock that is behind', { status: 'failed', started_at: second(5), ended_at: second(4) }, 0],
  ])('%s', (_, attributes, duration_ms) => {
    expect(durationAt(attributes, NOW)).toEqual({ duration_ms, execution_duration: duration_ms / 1000 });
  });

  const time = fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true });

  test('is never negative, whatever the clocks say', () => {
    fc.assert(
      fc.property(time, fc.option(time, { nil: undefined }), time, (start, end, now) => {
        const times = { started_at: start.toISOString(), ended_at: end?.toISOString() };
        expect(durationAt({ ...times, status: end ? 'completed' : 'processing' }, now).duration_ms).toBe(
          Math.max(0, (end ?? now).getTime() - start.getTime()),
        );
      }),
    );
  });

  test('grows while it runs, and stands still when it has ended', () => {
    const later = fc.integer({ min: 1, max: 10 ** 9 });
    fc.assert(
      fc.property(time, later, later, (start, first, then) => {
        const started_at = start.toISOString();
        const [one, two] = [first, first + then].map((ms) => new Date(start.getTime() + ms)) as [Date, Date];
        const running = (now: Date) => durationAt({ status: 'processing', started_at }, now).duration_ms;
        expect(running(two) - running(one)).toBe(then);
        const ended = { status: 'completed', started_at, ended_at: one.toISOString() } as const;
        expect(durationAt(ended, two)).toEqual(durationAt(ended, one));
      }),
    );
  });
});

// Seed 003's receiver signs JSON.stringify(req.body), which is JSON.stringify(JSON.parse(body)).
describe('the bare status as the body of a webhook', () => {
  const text = fc.string({ unit: 'binary' });
  const assemblies = fc
    .record({
      status: fc.constantFrom(...ALL),
      result: fc.option(fc.jsonValue({ stringUnit: 'binary' }), { nil: undefined }),
      reference: fc.option(text, { nil: undefined }),
      progress_message: fc.option(text, { nil: undefined }),
      progress: fc.double({ min: 0, max: 100, noNaN: true }),
      message: text,
      duration: fc.nat(),
      name: text,
      meta: fc.option(fc.dictionary(text, fc.jsonValue({ stringUnit: 'binary' })), { nil: undefined }),
    })
    .map(({ status, result, message, duration, name, meta, ...texts }) =>
      withFiles({
        ...texts,
        uploads: [{ ...PHOTO, name, ...(meta && { meta: meta as Upload['meta'] }) }],
        results: { resize: [{ ...SMALL, name, ...(meta && { meta: meta as Upload['meta'] }) }] },
        file_errors: {
          [PHOTO.id]: { code: 'a', category: 'FILE_ERROR', message: { en: message, fr: name } },
        },
        status,
        result: result as Json | undefined,
        error: { code: 'a', category: 'FILE_ERROR', message, details: message },
        started_at: second(-duration / 1000),
      }),
    );

  test('survives being parsed and written again', () => {
    fc.assert(
      fc.property(assemblies, (assembly) => {
        const body = JSON.stringify(tell(assembly, NOW));
        expect(JSON.stringify(JSON.parse(body))).toBe(body);
      }),
      { numRuns: 1_000 },
    );
  });

  test('and says all that the status says: nothing in it is not JSON', () => {
    fc.assert(
      fc.property(assemblies, (assembly) => {
        const told = tell(assembly, NOW);
        expect(JSON.parse(JSON.stringify(told))).toStrictEqual(withOneZero(told));
      }),
      { numRuns: 300 },
    );
  });

  test.each<[string, Json]>([
    ['keys that look like numbers', JSON.parse('{"b":1,"10":2,"9":3,"a":4}')],
    ['a key that objects inherit', JSON.parse('{"__proto__":{"a":1},"constructor":2}')],
    ['numbers at their edges', [1e21, 1e-7, 5e-324, 2 ** 53, 0.1 + 0.2]],
    ['escapes', ['\u2028\u2029', '\u0000\u001f\u007f', '</script>', '"\\/', '\ud83d\ude00']],
    ['lone surrogates', ['\ud800', '\udc00\ud800']],
  ])('survives %s', (_, result) => {
    const body = JSON.stringify(tell(sampleAssembly({ status: 'completed', result }), NOW));
    expect(JSON.stringify(JSON.parse(body))).toBe(body);
    expect(body).toContain(JSON.stringify(result));
  });
});

test.each<[Status, number]>([
  ['uploading', 202],
  ['queued', 202],
  ['processing', 202],
  ['completed', 200],
  ['partial', 200],
  ['failed', 200],
  ['canceled', 200],
])('HTTP answers the status of %s with %i', (status, code) => {
  expect(httpStatusOf(status)).toBe(code);
});

describe('retryAfterSeconds', () => {
  test.each<[Status, string, number | undefined]>([
    ['processing', '12:00:00.000', 2],
    ['processing', '12:00:59.999', 2],
    ['processing', '12:01:00.000', 3],
    ['processing', '12:10:00.000', 12],
    ['processing', '12:27:59.000', 29],
    ['processing', '12:28:00.000', 30],
    ['processing', '12:29:00.000', 30],
    ['processing', '23:00:00.000', 30],
    ['processing', '11:00:00.000', 2], // the reader's clock is behind
    ['queued', '12:00:00.000', 5],
    ['queued', '12:01:00.000', 6],
    ['queued', '23:00:00.000', 30],
    ['queued', '11:59:00.000', 5],
    ['uploading', '12:00:00.000', 5],
    ['completed', '12:00:00.000', undefined],
    ['partial', '12:00:00.000', undefined],
    ['failed', '12:00:00.000', undefined],
    ['canceled', '12:00:00.000', undefined],
  ])('%s at %s: %s', (status, time, seconds) => {
    expect(retryAfterSeconds(sampleAssembly({ status }), at(time))).toBe(seconds);
  });

  test('counts the age from when it was queued: the attempt of today is not as old as that of last week', () => {
    const restarted = sampleAssembly({ status: 'processing', created_at: '2026-02-22T12:00:00.000Z' });
    expect(retryAfterSeconds(restarted, at('12:00:30'))).toBe(2);
    expect(retryAfterSeconds({ ...restarted, queued_at: undefined }, at('12:00:30'))).toBe(30);
  });

  test('never shrinks with age, and is always whole seconds within 2 and 30', () => {
    const age = fc.integer({ min: 0, max: 10 ** 8 });
    fc.assert(
      fc.property(fc.constantFrom<Status>('uploading', 'queued', 'processing'), age, age, (status, a, b) => {
        const assembly = sampleAssembly({ status });
        const [younger, older] = [Math.min(a, b), Math.max(a, b)].map((ms) =>
          retryAfterSeconds(assembly, new Date(Date.parse(assembly.created_at) + ms)),
        ) as [number, number];
        expect(younger).toBeLessThanOrEqual(older);
        for (const seconds of [younger, older]) {
          expect(Number.isInteger(seconds)).toBe(true);
          expect(seconds).toBeGreaterThanOrEqual(2);
          expect(seconds).toBeLessThanOrEqual(30);
        }
      }),
    );
  });
});

describe('etagOf', () => {
  const running = sampleAssembly({ status: 'processing', version: 3 });

  test.each(ALL)('%s: a weak tag, none while queued', (status) => {
    const tag = etagOf(sampleAssembly({ status }), { language: 'en' });
    // RFC 9110 section 8.8.3
    if (status === 'queued') expect(tag).toBeUndefined();
    else expect(tag).toMatch(/^W\/"[\x21\x23-\x7e]+"$/);
  });

  test('stays while the version stands still', () => {
    const same = { ...running, updated_at: second(5), last_writer: 'another' };
    expect(etagOf(same, { language: 'en' })).toBe(etagOf(running, { language: 'en' }));
  });

  test.each<[string, Assembly, Parameters<typeof etagOf>[1]]>([
    ['version', { ...running, version: 4 }, { language: 'en' }],
    ['created_at', { ...running, created_at: '2026-03-01T12:00:00.001Z' }, { language: 'en' }],
    ['language', running, { language: 'fr' }],
    ['expiry of its links', running, { language: 'en', linkExpiry: 1_772_370_000 }],
  ])('differs with the %s', (_, assembly, options) => {
    expect(etagOf(assembly, options)).not.toBe(etagOf(running, { language: 'en' }));
  });

  test('is one per created_at, version, language and expiry of the links', () => {
    const cases = [1, 11, 111].flatMap((version) =>
      LANGUAGES.flatMap((language) =>
        [undefined, 1, 1_772_370_000, 1_772_373_600].flatMap((linkExpiry) =>
          ['12:00:00.000', '12:00:00.001', '12:00:00.036', '13:00:00.000'].map((time) =>
            etagOf({ ...running, version, created_at: at(time).toISOString() }, { language, linkExpiry }),
          ),
        ),
      ),
    );
    expect(new Set(cases).size).toBe(cases.length);
  });
});

/** JSON has one zero: -0 is written as 0. */
const withOneZero = (value: unknown): unknown => {
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (Array.isArray(value)) return value.map(withOneZero);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withOneZero(item)]));
};
