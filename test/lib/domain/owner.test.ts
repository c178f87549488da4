import fc from 'fast-check';
import { isTenantId, ownerOf, ownerText, sees, sightOf } from '../../../lib/domain/owner.ts';

const tenant = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
/** Users that look like owners, and parts of owners. */
const user = fc.oneof(
  fc.string({ minLength: 1, maxLength: 20 }),
  fc.tuple(tenant, fc.string({ minLength: 1, maxLength: 5 })).map((parts) => parts.join('/')),
);
const owner = fc.record({ tenantId: tenant, userId: user });

describe('the text of an owner', () => {
  test('is the user, or the tenant and the user', () => {
    expect(ownerText({ userId: 'ada' })).toBe('ada');
    expect(ownerText({ tenantId: 'acme', userId: 'ada' })).toBe('acme/ada');
    expect(ownerOf({ tenant_id: 'acme', user_id: 'ada' })).toBe('acme/ada');
  });

  test('is that of one tenant and user alone', () => {
    fc.assert(
      fc.property(owner, owner, (one, other) => {
        const same = one.tenantId === other.tenantId && one.userId === other.userId;
        expect(ownerText(one) === ownerText(other)).toBe(same);
      }),
    );
  });
});

describe('what is seen', () => {
  const stored = { tenant_id: 'acme', user_id: 'ada' };
  const untenanted = { user_id: 'acme/ada' };

  test.each([
    ['all', 'all', true],
    ['its owner', { tenantId: 'acme', userId: 'ada' }, true],
    ['another user', { tenantId: 'acme', userId: 'bob' }, false],
    ['that user of another tenant', { tenantId: 'globex', userId: 'ada' }, false],
    ['that user of no tenant', { userId: 'ada' }, false],
    ['who is called like the owner as a text', { userId: 'acme/ada' }, false],
    ['the whole tenant', { tenantId: 'acme' }, true],
    ['another whole tenant', { tenantId: 'globex' }, false],
  ] as const)('%s', (_, sight, expected) => {
    expect(sees(sight, stored)).toBe(expected);
  });

  test('what was submitted without tenants belongs to none', () => {
    expect(sees({ tenantId: 'acme', userId: 'ada' }, untenanted)).toBe(false);
    expect(sees({ userId: 'acme/ada' }, untenanted)).toBe(true);
  });
});

test.each([
  ['a user', { userId: 'ada' }, { userId: 'ada' }],
  ['a user of a tenant', { tenantId: 'acme', userId: 'ada' }, { tenantId: 'acme', userId: 'ada' }],
  ['an operator', { userId: 'ada', isOperator: true }, 'all'],
  ['an operator of a tenant', { tenantId: 'acme', userId: 'ada', isOperator: true }, { tenantId: 'acme' }],
])('%s may read what is theirs to read', (_, user, sight) => {
  expect(sightOf(user)).toEqual(sight);
});

test.each([
  ['acme', true],
  ['A_b-9', true],
  ['x'.repeat(64), true],
  ['x'.repeat(65), false],
  ['', false],
  ['a/b', false],
  ['a b', false],
  ['é', false],
  ['acme\n', false],
  [7, false],
  [undefined, false],
  [['acme'], false],
])('%j is a tenant id: %s', (value, expected) => {
  expect(isTenantId(value)).toBe(expected);
});
