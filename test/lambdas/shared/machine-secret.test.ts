import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { authenticateMachine } from '../../../lambdas/shared/authenticate.ts';
import { machineSecret } from '../../../lambdas/shared/machine-secret.ts';
import type { Sight } from '../../../lib/domain/owner.ts';

/** What a machine sees that sends this, where the secret holds that. */
async function sightWith(sent: string, held: unknown, tenants: boolean): Promise<Sight | string> {
  const client = {
    send: async () => ({ SecretString: JSON.stringify(held) }),
  } as unknown as SecretsManagerClient;
  const secret = machineSecret(client, 'read', { tenants });
  return authenticateMachine({ 'x-webhook-secret': sent }, secret).catch(
    (error) => error.code ?? error.message,
  );
}

const PLAIN = { current: 'new', previous: 'old' };
const OF_TENANTS = {
  tenants: { acme: { current: 'a2', previous: 'a1' }, globex: { current: 'g1' } },
};

describe('without tenants', () => {
  test.each([
    ['new', 'all'],
    ['old', 'all'],
    ['other', 'unauthenticated'],
    ['undefined', 'unauthenticated'],
  ])('%s: %s', async (sent, expected) => {
    expect(await sightWith(sent, PLAIN, false)).toBe(expected);
  });

  test('a secret of tenants lets nobody pass', async () => {
    expect(await sightWith('a2', OF_TENANTS, false)).toBe('unauthenticated');
  });
});

describe('with tenants', () => {
  test.each([
    ['a2', { tenantId: 'acme' }],
    ['a1', { tenantId: 'acme' }],
    ['g1', { tenantId: 'globex' }],
    ['other', 'unauthenticated'],
  ])('%s: %j', async (sent, expected) => {
    expect(await sightWith(sent, OF_TENANTS, true)).toEqual(expected);
  });

  test('a secret that is bound to none lets nobody pass', async () => {
    expect(await sightWith('new', PLAIN, true)).toBe('unauthenticated');
  });

  test('one secret for two tenants is one of neither', async () => {
    const shared = { tenants: { acme: { current: 's' }, globex: { current: 'g', previous: 's' } } };
    expect(await sightWith('s', shared, true)).toBe('unauthenticated');
    expect(await sightWith('g', shared, true)).toEqual({ tenantId: 'globex' });
  });

  test.each([{ 'a/b': { current: 'x' } }, { acme: { previous: 'x' } }, { acme: 'x' }])(
    '%j lets nobody pass, and the others do',
    async (wrong) => {
      const held = { tenants: { ...wrong, globex: { current: 'g1' } } };
      expect(await sightWith('x', held, true)).toBe('unauthenticated');
      expect(await sightWith('g1', held, true)).toEqual({ tenantId: 'globex' });
    },
  );

  test.each([{ tenants: 'x' }, {}, null, 'x'])('%j is refused as a whole', async (held) => {
    expect(await sightWith('x', held, true)).toMatch(/not JSON of the form/);
  });
});
