import { epochSeconds, isExpired } from '../../../lib/domain/assembly.ts';
import { ownerOf } from '../../../lib/domain/owner.ts';
import { sampleAssembly } from './sample-assembly.ts';

describe('isExpired', () => {
  test.each([
    ['a second before its time', '2026-03-01T11:59:59.999Z', false],
    ['at its time', '2026-03-01T12:00:00.000Z', true],
    ['after it, while DynamoDB has not deleted it yet', '2026-03-03T00:00:00.000Z', true],
  ])('%s', (_, now, expected) => {
    const expires_at = 1772366400; // 2026-03-01T12:00:00Z
    expect(isExpired(sampleAssembly({ expires_at }), new Date(now))).toBe(expected);
  });

  test('an assembly without a time to live stays', () => {
    expect(isExpired(sampleAssembly(), new Date('9999-01-01T00:00:00Z'))).toBe(false);
  });
});

test('epochSeconds are whole seconds that have passed', () => {
  expect(epochSeconds(new Date('2026-03-01T12:00:00.999Z'))).toBe(1772366400);
});

test('the owner of an assembly is its user', () => {
  expect(ownerOf({ user_id: 'ada' })).toBe('ada');
});
