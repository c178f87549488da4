import {
  DEFAULT_EXTERNAL_TIMEOUT_SECONDS,
  nextLookAt,
  queuedAt,
  uploadingAt,
} from '../../../lib/domain/deadline.ts';

const NOW = new Date('2026-11-21T12:00:00.900Z');
const SECONDS = Date.parse('2026-11-21T12:00:00Z') / 1000;
const MINUTE = 60;
const HOUR = 3600;

describe('what becomes queued', () => {
  test('is looked after in a quarter of an hour', () => {
    expect(queuedAt(NOW, {})).toStrictEqual({
      status: 'queued',
      queued_at: NOW.toISOString(),
      deadline_at: SECONDS + 15 * MINUTE,
    });
  });

  test('is given as long as its external worker has', () => {
    expect(queuedAt(NOW, { timeout_seconds: 2 * HOUR })).toMatchObject({ deadline_at: SECONDS + 2 * HOUR });
  });

  test('with recipients is expanded by our worker first, whoever works on it then', () => {
    const external = { timeout_seconds: 2 * HOUR, submission_count: 3 };
    expect(queuedAt(NOW, external)).toMatchObject({ deadline_at: SECONDS + 15 * MINUTE });
  });

  test('with a retry ahead is looked after a quarter of an hour after that', () => {
    const retryAt = new Date('2026-11-21T12:05:00.000Z');
    expect(queuedAt(NOW, {}, retryAt)).toStrictEqual({
      status: 'queued',
      queued_at: NOW.toISOString(),
      next_retry_at: retryAt.toISOString(),
      deadline_at: SECONDS + 20 * MINUTE,
    });
  });
});

test('what waits for its uploads is looked after in a quarter of an hour', () => {
  expect(uploadingAt(NOW)).toStrictEqual({
    status: 'uploading',
    uploading_since: NOW.toISOString(),
    deadline_at: SECONDS + 15 * MINUTE,
  });
});

test('an external worker has a day where its template does not say', () => {
  expect(DEFAULT_EXTERNAL_TIMEOUT_SECONDS).toBe(24 * HOUR);
});

describe('the next look', () => {
  const SINCE = new Date('2026-11-21T12:00:00.000Z');
  const at = (seconds: number): Date => new Date(SINCE.getTime() + seconds * 1000);
  const waitAfter = (seconds: number): number =>
    nextLookAt(SINCE.toISOString(), at(seconds)) - at(seconds).getTime() / 1000;

  test('comes after a wait that doubles each time, up to a day', () => {
    const looks: number[] = [];
    for (let now = 15 * MINUTE; looks.length < 9; now += looks.at(-1) ?? 0) looks.push(waitAfter(now));
    const minutes = looks.map((seconds) => seconds / MINUTE);
    expect(minutes).toEqual([30, 60, 120, 240, 480, 960, 1440, 1440, 1440]);
  });

  test.each([
    ['that comes late waits for as long as it is late, too', 20 * MINUTE, 35 * MINUTE],
    ['at the beginning is a quarter of an hour away', 0, 15 * MINUTE],
    ['by a clock that is behind is a quarter of an hour away', -HOUR, 15 * MINUTE],
    ['after a year is a day away', 365 * 24 * HOUR, 24 * HOUR],
  ])('%s', (_, waited, wait) => {
    expect(waitAfter(waited)).toBe(wait);
  });
});
