import { becameQueued, becameTerminal, eventId } from '../../../lib/domain/events.ts';
import type { Status } from '../../../lib/domain/state-machine.ts';
import { sampleAssembly } from './sample-assembly.ts';

const ALL: readonly Status[] = [
  'uploading',
  'queued',
  'processing',
  'completed',
  'partial',
  'failed',
  'canceled',
];
const ENDS: readonly Status[] = ['completed', 'partial', 'failed', 'canceled'];
const PAIRS = ALL.flatMap((before) => ALL.map((after) => [before, after] as const));
const seen = (status: Status, { attempt = 2, claim = 3 } = {}) => ({ status, attempt, claim });
const now = (status: Status) => sampleAssembly(seen(status));

describe('becameQueued', () => {
  test.each(ALL.map((after) => [after, after === 'queued'] as const))('new and %s: %s', (after, expected) => {
    expect(becameQueued(undefined, now(after))).toBe(expected);
  });

  test.each(
    PAIRS.map(([before, after]) => [before, after, after === 'queued' && before !== 'queued'] as const),
  )('%s → %s: %s', (before, after, expected) => {
    expect(becameQueued(seen(before), now(after))).toBe(expected);
  });

  test.each<[string, object, boolean]>([
    ['of the same attempt and claim, such as new position', {}, false],
    ['of an older attempt', { attempt: 1 }, true],
    ['of an older claim', { claim: 2 }, true],
    ['of another attempt and claim', { attempt: 1, claim: 0 }, true],
  ])('queued again after queued %s: %s', (_, older, expected) => {
    expect(becameQueued(seen('queued', older), now('queued'))).toBe(expected);
  });

  test('another attempt or claim alone queues nothing', () => {
    expect(becameQueued(seen('processing', { attempt: 1, claim: 0 }), now('processing'))).toBe(false);
  });
});

describe('becameTerminal', () => {
  test.each(ALL.map((after) => [after, ENDS.includes(after)] as const))(
    'new and %s: %s',
    (after, expected) => {
      expect(becameTerminal(undefined, now(after))).toBe(expected);
    },
  );

  test.each(
    PAIRS.map(([before, after]) => [before, after, ENDS.includes(after) && !ENDS.includes(before)] as const),
  )('%s → %s: %s', (before, after, expected) => {
    expect(becameTerminal(seen(before), now(after))).toBe(expected);
  });
});

describe('eventId', () => {
  const assembly = {
    assembly_id: 'a'.repeat(64),
    created_at: '2026-01-02T03:04:05.678Z',
    version: 3,
  };
  const endpoint = `assembly:${'a'.repeat(64)}`;

  test('known answer', () => {
    // Python: hashlib.sha256(json.dumps([…], separators=(",", ":")).encode()).hexdigest()[:32]
    expect(eventId(assembly, endpoint)).toBe('evt_9619a7702cb422de076d48db9b58fca4');
  });

  test('depends on nothing else of the assembly', () => {
    const [one, other] = [
      { ...sampleAssembly(), ...assembly },
      { ...sampleAssembly({ status: 'failed', last_writer: 'another', attempt: 9, claim: 9 }), ...assembly },
    ];
    expect(eventId(one, endpoint)).toBe(eventId(assembly, endpoint));
    expect(eventId(other, endpoint)).toBe(eventId(assembly, endpoint));
  });

  test.each<[string, Partial<typeof assembly>, string]>([
    ['assembly', { assembly_id: 'b'.repeat(64) }, endpoint],
    ['time of creation', { created_at: '2026-01-02T03:04:05.679Z' }, endpoint],
    ['version', { version: 4 }, endpoint],
    ['endpoint', {}, 'ep_1'],
  ])('differs with the %s', (_, change, endpointId) => {
    expect(eventId({ ...assembly, ...change }, endpointId)).not.toBe(eventId(assembly, endpoint));
  });

  test('parts that concatenate alike give two ids', () => {
    expect(eventId({ ...assembly, version: 1 }, '1x')).not.toBe(eventId({ ...assembly, version: 11 }, 'x'));
  });

  test('no dot: a signature separates the id from the timestamp by one', () => {
    expect(eventId(assembly, 'a.b')).toMatch(/^evt_[0-9a-f]{32}$/);
  });
});
