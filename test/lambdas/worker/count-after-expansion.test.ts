import { expandAssembly } from '../../../lambdas/worker/expand-assembly.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemoryFiles } from '../in-memory-files.ts';
import { InMemorySubmissionStore } from '../in-memory-submission-store.ts';

const NOW = new Date('2026-11-21T12:00:10.000Z');

function expansion(attributes: Partial<Assembly> = {}) {
  const counts: object[] = [];
  const submissions = new InMemorySubmissionStore();
  const expand = (claim: number): Promise<boolean> => {
    const store = new InMemoryAssemblyStore({
      ...{ status: 'processing', claim, submission_count: 2 },
      fields: { recipients: [{ id: 'ada' }, { id: 'bo' }] },
      ...attributes,
    });
    return expandAssembly(store.assembly, new AbortController().signal, {
      ...{ store, submissions, files: new InMemoryFiles(), retentionDays: 30, now: () => NOW },
      submissionsQueue: { send: async () => {} },
      tallyQueue: { send: async (message: object) => void counts.push(message) },
    });
  };
  return { expand, counts };
}

test('new submissions have themselves counted, by their stream', async () => {
  const { expand, counts } = expansion();
  expect(await expand(1)).toBe(true);
  expect(counts).toEqual([]);
});

test('an external worker that has reported them all before has them counted, as nothing else would', async () => {
  const { expand, counts } = expansion({ external: true, timeout_seconds: 86_400 });
  await expand(1);
  expect(counts).toHaveLength(1);
});

test('a run that finds them all asks for a count, as nothing else would', async () => {
  const { expand, counts } = expansion();
  await expand(1);
  expect(await expand(2)).toBe(true);
  expect(counts).toHaveLength(1);
});
