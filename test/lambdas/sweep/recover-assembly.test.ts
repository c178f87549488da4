import { buryJob } from '../../../lambdas/bury/bury-job.ts';
import { type RecoverDependencies, recoverAssembly } from '../../../lambdas/sweep/recover-assembly.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import type { Status } from '../../../lib/domain/state-machine.ts';
import { uploadsOf } from '../in-memory-files.ts';
import { MINUTE, NOON, NOON_SECONDS, sweeper } from './sweeper.ts';

const QUARTER = 15 * MINUTE;
const HOUR = 60 * MINUTE;
const DUE = NOON_SECONDS + QUARTER;
const at = (seconds: number): string => new Date(NOON.getTime() + seconds * 1000).toISOString();

const QUEUED: Partial<Assembly> = {
  status: 'queued',
  attempt: 2,
  claim: 3,
  queued_at: at(0),
  deadline_at: DUE,
  max_retries: 3,
};
const IN_WORK: Partial<Assembly> = {
  ...QUEUED,
  status: 'processing',
  claim: 4,
  started_at: at(1),
  progress: 50,
  progress_message: 'Doing one',
};
const CONTENTS = ['one', 'two', 'three'];
const UPLOADS = uploadsOf(...CONTENTS);
const [ONE, TWO, THREE] = UPLOADS.map(({ id }) => id) as [string, string, string];
const UPLOADING: Partial<Assembly> = {
  ...QUEUED,
  status: 'uploading',
  queued_at: undefined,
  uploading_since: at(0),
  uploads: UPLOADS,
  received: [],
};
const EXTERNAL: Partial<Assembly> = { ...QUEUED, external: true, timeout_seconds: QUARTER };

/** A sweep that looks at the assembly when its deadline has just come. */
function due(assembly: Partial<Assembly>, seconds = QUARTER) {
  const swept = sweeper(assembly);
  swept.setClock(seconds);
  const { store, dependencies } = swept;
  return {
    ...swept,
    recover: (seen = store.assembly, changes: Partial<RecoverDependencies> = {}) =>
      recoverAssembly(seen, { ...dependencies, ...changes }),
    upload: (...indexes: readonly number[]): void => {
      for (const index of indexes) {
        const upload = UPLOADS[index];
        if (upload) swept.files.put(store.assembly.assembly_id, upload, CONTENTS[index] ?? '');
      }
    },
  };
}

describe('before its deadline', () => {
  test.each<[string, Partial<Assembly>]>([
    ['queued', QUEUED],
    ['uploading', UPLOADING],
    ['processing', IN_WORK],
    ['external', EXTERNAL],
    ['external and processing', { ...EXTERNAL, status: 'processing' }],
  ])('one that is %s is left alone', async (_, assembly) => {
    const { recover, store, sent } = due(assembly, QUARTER - 1);
    expect(await recover()).toBe('overtaken');
    expect(store.history).toEqual([]);
    expect(sent).toEqual([]);
  });

  test('one that has none, as it has ended since the index was written, is left alone', async () => {
    const { recover, store } = due({ ...IN_WORK, status: 'completed', deadline_at: undefined });
    expect(await recover()).toBe('overtaken');
    expect(store.history).toEqual([]);
  });
});

describe('one that waits for a worker', () => {
  test('has its message sent again, the same one, and is otherwise left as it is', async () => {
    const { recover, store, sent } = due(QUEUED);
    const before = store.assembly;
    expect(await recover()).toBe('sent_again');
    const { assembly_id, template_id, user_id } = before;
    const owner = { user_id };
    expect(sent).toEqual([{ assembly_id, template_id, owner, attempt: 2, claim: 3, delaySeconds: 0 }]);
    const { version, last_writer, updated_at, deadline_at, ...rest } = store.assembly;
    expect(before).toMatchObject(rest);
    expect(version).toBe(2);
    expect(deadline_at).toBe(DUE + 30 * MINUTE);
  });

  test('waits twice as long each time, up to a day', async () => {
    const { recover, store, sent, setClock } = due(QUEUED);
    const minutes: number[] = [];
    while (minutes.length < 9) {
      const { deadline_at = 0 } = store.assembly;
      setClock(deadline_at - NOON_SECONDS);
      await recover();
      minutes.push(((store.assembly.deadline_at ?? 0) - deadline_at) / MINUTE);
    }
    expect(minutes).toEqual([30, 60, 120, 240, 480, 960, 1440, 1440, 1440]);
    expect(sent).toHaveLength(9);
  });

  test('has it sent before its deadline moves: a crash in between sends one too many, and never one too few', async () => {
    const { recover, store, sent } = due(QUEUED);
    store.beforeWrite = () => {
      throw new Error('crash');
    };
    await expect(recover()).rejects.toThrow('crash');
    expect(sent).toHaveLength(1);
    expect(store.assembly.deadline_at).toBe(DUE);
    store.beforeWrite = () => {};
    expect(await recover()).toBe('sent_again');
    expect(sent).toHaveLength(2);
  });

  test('keeps its deadline where the message cannot be sent: the next sweep tries again', async () => {
    const { recover, store } = due(QUEUED);
    const send = () => Promise.reject(new Error('slow down'));
    await expect(recover(store.assembly, { jobs: { send } })).rejects.toThrow('slow down');
    expect(store.history).toEqual([]);
    expect(await recover()).toBe('sent_again');
  });

  test('is not worked on earlier than its next run is due', async () => {
    const waiting = { ...QUEUED, next_retry_at: at(QUARTER + 90), deadline_at: DUE };
    const { recover, sent } = due(waiting);
    await recover();
    expect(sent).toMatchObject([{ delaySeconds: 90 }]);
  });

  test('counts its waits from when its next run was due', async () => {
    const waiting = { ...QUEUED, next_retry_at: at(10 * MINUTE), deadline_at: DUE + 10 * MINUTE };
    const { recover, store, sent } = due(waiting, 25 * MINUTE);
    await recover();
    expect(sent).toMatchObject([{ delaySeconds: 0 }]);
    expect(store.assembly).toMatchObject({
      deadline_at: NOON_SECONDS + 25 * MINUTE + 30 * MINUTE,
      next_retry_at: at(10 * MINUTE),
    });
  });

  test('of a second sweep in the same moment is sent twice, and its deadline moves once', async () => {
    const { recover, store, sent } = due(QUEUED);
    const seen = store.assembly;
    const outcomes = await Promise.all([recover(seen), recover(seen)]);
    expect(outcomes.toSorted()).toEqual(['overtaken', 'sent_again']);
    expect(sent).toHaveLength(2);
    expect(store.history).toHaveLength(1);
  });

  test('can still be buried by its message after that', async () => {
    const { recover, store, dependencies } = due(QUEUED);
    await recover();
    const { assembly_id, attempt, claim } = store.assembly;
    const buried = buryJob({ assembly_id, attempt, claim }, { ...dependencies, store });
    expect(await buried).toBe('buried');
  });
});

describe('one whose worker died', () => {
  test('waits for another run of the same attempt while retries are left', async () => {
    const { recover, store, sent } = due({ ...IN_WORK, retry_count: 1, results: { one: [] } });
    expect(await recover()).toBe('retried');
    expect(store.assembly).toMatchObject({
      status: 'queued',
      attempt: 2,
      claim: 4,
      retry_count: 2,
      progress: 0,
      queued_at: at(QUARTER),
      next_retry_at: at(QUARTER + 20),
      deadline_at: DUE + 20 + QUARTER,
      attempts: [
        {
          attempt: 2,
          status: 'queued',
          started_at: at(1),
          ended_at: at(QUARTER),
          error: { code: 'worker_lost', category: 'WORKER_ERROR' },
        },
      ],
    });
    for (const name of ['error', 'results', 'started_at', 'progress_message'])
      expect(store.assembly).not.toHaveProperty(name);
    // The stream sends its message: it became queued.
    expect(sent).toEqual([]);
    expect(store.history).toHaveLength(1);
  });

  test.each([
    [3, 3],
    [0, 0],
  ])('is failed with %i of %i retries spent', async (retry_count, max_retries) => {
    const { recover, store } = due({ ...IN_WORK, retry_count, max_retries });
    expect(await recover()).toBe('failed');
    expect(store.assembly).toMatchObject({
      status: 'failed',
      retry_count,
      error: { code: 'worker_lost', category: 'WORKER_ERROR' },
      ended_at: at(QUARTER),
      expires_at: DUE + 30 * 86_400,
      attempts: [{ attempt: 2, status: 'failed', error: { code: 'worker_lost' } }],
    });
    expect(store.assembly).not.toHaveProperty('deadline_at');
  });

  test('dies as often as it has retries, and then fails', async () => {
    const { recover, store, setClock, become } = due({ ...IN_WORK, max_retries: 2 });
    const outcomes: string[] = [];
    while (store.assembly.status !== 'failed') {
      outcomes.push(await recover());
      const { status, claim } = store.assembly;
      if (status === 'queued')
        become({ ...IN_WORK, max_retries: 2, retry_count: store.assembly.retry_count, claim: claim + 1 });
      setClock(QUARTER + outcomes.length);
    }
    expect(outcomes).toEqual(['retried', 'retried', 'failed']);
    expect(store.assembly.attempts?.map(({ status }) => status)).toEqual(['queued', 'queued', 'failed']);
  });
});

describe('one that waits for its files', () => {
  test('is queued where all are there, though no event has come', async () => {
    const { recover, store, upload } = due(UPLOADING);
    upload(0, 1, 2);
    expect(await recover()).toBe('queued');
    expect(store.assembly).toMatchObject({
      status: 'queued',
      received: [ONE, TWO, THREE],
      queued_at: at(QUARTER),
      deadline_at: DUE + QUARTER,
    });
    expect(store.history).toHaveLength(1);
  });

  test('is queued with the one that had not come before', async () => {
    const { recover, store, upload } = due({ ...UPLOADING, received: [ONE, THREE] });
    upload(1);
    expect(await recover()).toBe('queued');
    expect(store.assembly.received).toEqual([ONE, TWO, THREE]);
  });

  test('waits on, knowing of those that are there, and is looked after later and later', async () => {
    const { recover, store, upload, setClock } = due(UPLOADING);
    upload(2);
    expect(await recover()).toBe('still_waiting');
    expect(store.assembly).toMatchObject({
      status: 'uploading',
      received: [THREE],
      deadline_at: DUE + 30 * MINUTE,
    });
    setClock(45 * MINUTE);
    expect(await recover()).toBe('still_waiting');
    expect(store.assembly.deadline_at).toBe(NOON_SECONDS + 45 * MINUTE + HOUR);
  });

  test('is looked after when its time is over, and not later', async () => {
    const { recover, store, dependencies, setClock } = due(UPLOADING);
    const limit = { uploadTimeoutSeconds: 40 * MINUTE };
    expect(await recover(store.assembly, { ...dependencies, ...limit })).toBe('still_waiting');
    expect(store.assembly.deadline_at).toBe(NOON_SECONDS + 40 * MINUTE);
    setClock(40 * MINUTE);
    expect(await recover(store.assembly, { ...dependencies, ...limit })).toBe('failed');
  });

  test('is failed when its time is over, and says how many are missing', async () => {
    const { recover, store, upload } = due({ ...UPLOADING, received: [ONE] }, 24 * HOUR);
    upload(2);
    expect(await recover()).toBe('failed');
    expect(store.assembly).toMatchObject({
      status: 'failed',
      received: [ONE, THREE],
      error: { code: 'uploads_missing', category: 'FILE_ERROR', params: { missing: 1, announced: 3 } },
      attempts: [{ attempt: 2, status: 'failed', ended_at: at(24 * HOUR) }],
    });
    expect(store.assembly.attempts?.[0]).not.toHaveProperty('started_at');
  });

  test('is queued even then where all are there: a late event fails nothing', async () => {
    const { recover, upload } = due(UPLOADING, 25 * HOUR);
    upload(0, 1, 2);
    expect(await recover()).toBe('queued');
  });

  test('counts from when this attempt began to wait', async () => {
    const { recover } = due({ ...UPLOADING, created_at: '2026-10-01T00:00:00.000Z' });
    expect(await recover()).toBe('still_waiting');
  });

  test.each<[string, number, Status]>([
    ['has as long as any other', QUARTER, 'uploading'],
    ['is failed as any other', 24 * HOUR, 'failed'],
    ['and external is queued for its worker with all its time', 24 * HOUR, 'queued'],
  ])('%s', async (_, seconds, status) => {
    const { recover, store, upload } = due(
      { ...UPLOADING, external: true, timeout_seconds: 2 * HOUR },
      seconds,
    );
    if (status === 'queued') upload(0, 1, 2);
    await recover();
    expect(store.assembly.status).toBe(status);
    if (status === 'queued') expect(store.assembly.deadline_at).toBe(NOON_SECONDS + 26 * HOUR);
  });

  test('is not failed because the bucket does not answer', async () => {
    const { recover, store } = due(UPLOADING, 25 * HOUR);
    const has = () => Promise.reject(new Error('slow down'));
    await expect(recover(store.assembly, { files: { has } })).rejects.toThrow('slow down');
    expect(store.history).toEqual([]);
  });
});

describe('one that an external worker has', () => {
  test.each<Status>(['queued', 'processing'])(
    'and that is %s is failed when its time is over',
    async (status) => {
      const { recover, store, sent } = due({ ...EXTERNAL, status });
      expect(await recover()).toBe('failed');
      expect(store.assembly).toMatchObject({
        status: 'failed',
        // Whoever did not answer in time would not the next time.
        retry_count: 0,
        error: { code: 'external_timeout', category: 'WORKER_ERROR', params: { seconds: QUARTER } },
        attempts: [{ attempt: 2, status: 'failed' }],
      });
      expect(sent).toEqual([]);
    },
  );
});

describe('one whose recipients go their own ways', () => {
  const EXPANDED = { ...IN_WORK, submission_count: 3, expanded_at: at(0) } as const;

  test('is looked after by a worker, which gets a message for the assembly as it stands', async () => {
    const { recover, sent, tallied, store } = due(EXPANDED);
    expect(await recover()).toBe('looked_after');
    expect(sent).toMatchObject([{ attempt: 2, claim: 4 }]);
    expect(tallied).toEqual([]);
    expect(store.assembly).toMatchObject({
      status: 'processing',
      claim: 4,
      deadline_at: DUE + 2 * QUARTER,
    });
  });

  test('is looked after more and more seldom, up to once a day', async () => {
    for (const hours of [8, 24, 100]) {
      const { recover, store } = due(EXPANDED, hours * HOUR);
      await recover();
      const until = (store.assembly.deadline_at ?? 0) - NOON_SECONDS - hours * HOUR;
      expect([hours, until]).toEqual([hours, Math.min(hours * HOUR + QUARTER, 24 * HOUR)]);
    }
  });

  test('and somebody else works on is counted, a quarter of an hour later again: that count ends it', async () => {
    const external = { external: true, timeout_seconds: 24 * HOUR } as const;
    const { recover, sent, tallied, store } = due({ ...EXPANDED, ...external }, 24 * HOUR);
    expect(await recover()).toBe('looked_after');
    expect([sent, tallied]).toEqual([[], [store.assembly.assembly_id]]);
    expect(store.assembly).toMatchObject({
      status: 'processing',
      deadline_at: NOON_SECONDS + 24 * HOUR + QUARTER,
    });
  });

  test('keeps its deadline where nobody can be told', async () => {
    const { recover, store } = due(EXPANDED);
    const jobs = { send: () => Promise.reject(new Error('SQS is away')) };
    await expect(recover(store.assembly, { jobs })).rejects.toThrow('SQS is away');
    expect(store.assembly.deadline_at).toBe(DUE);
  });

  test('is taken back from a worker that died before every recipient had its submission', async () => {
    const { recover, store, sent } = due({ ...EXPANDED, expanded_at: undefined });
    expect(await recover()).toBe('retried');
    expect([store.assembly.status, sent]).toEqual(['queued', []]);
  });

  test('has its message sent again while it waits for our worker, though the rest is somebody else’s', async () => {
    const { recover, sent } = due({ ...EXTERNAL, submission_count: 3 });
    expect(await recover()).toBe('sent_again');
    expect(sent).toHaveLength(1);
  });
});

describe('overtaken by somebody else’s write, nothing of that is lost', () => {
  const by: readonly [string, Partial<Assembly>, Partial<Assembly>][] = [
    ['queued, and a worker takes it', QUEUED, { status: 'processing', claim: 4 }],
    ['queued, and it is canceled', QUEUED, { status: 'canceled' }],
    ['queued, and it began a new attempt', QUEUED, { attempt: 3 }],
    ['in work, and it completes', IN_WORK, { status: 'completed', result: 1 }],
    ['in work, and it is canceled', IN_WORK, { status: 'canceled' }],
    ['in work, and it writes progress', IN_WORK, { progress: 60 }],
    ['in work, and another sweep took it back', IN_WORK, { status: 'queued', retry_count: 1 }],
    ['in work for the last time, and it completes', { ...IN_WORK, retry_count: 3 }, { status: 'completed' }],
    ['external, and it completes', EXTERNAL, { status: 'completed' }],
    ['external, and it is canceled', EXTERNAL, { status: 'canceled' }],
    ['external, and it begins', EXTERNAL, { status: 'processing', claim: 4 }],
  ];

  test.each(by)('%s', async (_, assembly, changes) => {
    const { recover, store, become } = due(assembly);
    store.beforeWrite = () => {
      store.beforeWrite = () => {};
      become(changes);
    };
    expect(await recover()).toBe('overtaken');
    expect(store.history).toEqual([]);
    expect(store.assembly).toMatchObject({ ...assembly, ...changes, version: 2 });
  });

  const whileUploading: readonly [string, number, Partial<Assembly>, string][] = [
    ['it is canceled, as those that are there are noted', 1, { status: 'canceled' }, 'overtaken'],
    ['it is canceled, as its deadline moves', 2, { status: 'canceled' }, 'overtaken'],
    ['another file comes, as those that are there are noted', 1, { received: [TWO] }, 'still_waiting'],
    ['another file comes, as its deadline moves', 2, { received: [ONE, TWO] }, 'overtaken'],
    [
      'the last files come, as those that are there are noted',
      1,
      { status: 'queued', received: [ONE, TWO, THREE] },
      'queued',
    ],
    [
      'the last files come, as its deadline moves',
      2,
      { status: 'queued', received: [ONE, TWO, THREE] },
      'overtaken',
    ],
  ];

  test.each(whileUploading)('uploading, and %s', async (_, write, changes, recovery) => {
    const { recover, store, become, upload } = due(UPLOADING);
    upload(0);
    let writes = 0;
    store.beforeWrite = () => {
      writes += 1;
      if (writes === write) become(changes);
    };
    expect(await recover()).toBe(recovery);
    const { received = [], status } = store.assembly;
    expect(status).toBe(changes.status ?? 'uploading');
    for (const id of changes.received ?? []) expect(received).toContain(id);
  });

  test('uploading, its time over, and the last file comes', async () => {
    const { recover, store, become } = due({ ...UPLOADING, received: [ONE, TWO] }, 24 * HOUR);
    store.beforeWrite = () => {
      store.beforeWrite = () => {};
      become({ status: 'queued', received: [ONE, TWO, THREE] });
    };
    expect(await recover()).toBe('overtaken');
    expect(store.assembly).toMatchObject({ status: 'queued', received: [ONE, TWO, THREE] });
  });
});
