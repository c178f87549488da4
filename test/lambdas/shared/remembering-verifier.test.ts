import { rememberingVerifier } from '../../../lambdas/shared/remembering-verifier.ts';
import type { TokenVerifier } from '../../../lambdas/shared/token-verifier.ts';

const SECOND = 1_000;

/** A verifier whose verdict can change, as it does when a key is taken back. */
function verifier({ exp = 3_600 }: { readonly exp?: number } = {}) {
  const state = { time: 0, asked: [] as string[], isGood: true };
  const verify: TokenVerifier = async (token) => {
    state.asked.push(token);
    if (!state.isGood) throw new Error('refused');
    return { payload: { sub: `user of ${token}`, exp }, protectedHeader: { alg: 'HS256' } } as Awaited<
      ReturnType<TokenVerifier>
    >;
  };
  const remembering = rememberingVerifier(verify, () => state.time);
  return { state, userOf: async (token: string) => (await remembering(token, {})).payload.sub };
}

test('verifies a token once a minute', async () => {
  const { state, userOf } = verifier();
  for (; state.time < 60 * SECOND; state.time += 5 * SECOND) expect(await userOf('a')).toBe('user of a');
  expect(state.asked).toEqual(['a']);
  await userOf('a');
  expect(state.asked).toEqual(['a', 'a']);
});

test('takes no token for another', async () => {
  const { userOf } = verifier();
  expect([await userOf('a'), await userOf('b'), await userOf('a')]).toEqual([
    'user of a',
    'user of b',
    'user of a',
  ]);
});

test('a key that was taken back is believed for a minute at most', async () => {
  const { state, userOf } = verifier();
  await userOf('a');
  state.isGood = false;
  state.time = 60 * SECOND;
  await expect(userOf('a')).rejects.toThrow('refused');
});

test('remembers nothing beyond the expiry of the token', async () => {
  const { state, userOf } = verifier({ exp: 10 });
  await userOf('a');
  state.isGood = false;
  state.time = 9_999;
  expect(await userOf('a')).toBe('user of a');
  state.time = 10_000;
  await expect(userOf('a')).rejects.toThrow('refused');
});

test('does not remember what was refused', async () => {
  const { state, userOf } = verifier();
  state.isGood = false;
  await expect(userOf('a')).rejects.toThrow('refused');
  state.isGood = true;
  expect(await userOf('a')).toBe('user of a');
});

test('forgets the oldest when there are many', async () => {
  const { state, userOf } = verifier();
  for (let index = 0; index <= 500; index += 1) await userOf(`token-${index}`);
  await userOf('token-500');
  expect(state.asked).toHaveLength(501);
  await userOf('token-0');
  expect(state.asked).toHaveLength(502);
});
