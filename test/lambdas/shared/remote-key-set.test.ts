import { errors, exportJWK, generateKeyPair, type JSONWebKeySet } from 'jose';
import { remoteKeySet } from '../../../lambdas/shared/remote-key-set.ts';

/** Under a clock of its own. What goes over a socket, and through the functions, stands in test/key-set.e2e.test.ts. */

const URL_OF_SET = new URL('https://issuer.example/keys');
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

async function publicKey(kid: string) {
  const { publicKey: key } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(key)), kid, alg: 'ES256' };
}

let first: JSONWebKeySet;
let rotated: JSONWebKeySet;
beforeAll(async () => {
  const [a, b] = [await publicKey('a'), await publicKey('b')];
  first = { keys: [a] };
  rotated = { keys: [a, b] };
});

function issuer() {
  const state = { time: 0, asked: 0, answer: async (): Promise<Response> => Response.json(first) };
  const keyOf = remoteKeySet(URL_OF_SET, {
    now: () => state.time,
    fetch: async () => {
      state.asked += 1;
      return state.answer();
    },
  });
  const find = (kid: string) => {
    const found = Promise.resolve(keyOf({ alg: 'ES256', kid }, { payload: '', signature: '' }));
    return found.then(
      () => 'found' as const,
      (error: unknown) =>
        error instanceof errors.JWKSNoMatchingKey
          ? ('unknown' as const)
          : `${(error as { code?: string }).code}`,
    );
  };
  const goDown = () => {
    state.answer = async () => {
      throw new TypeError('fetch failed');
    };
  };
  return { state, find, goDown };
}

test('asks with the first token, and no more for ten minutes', async () => {
  const { state, find } = issuer();
  expect(state.asked).toBe(0);
  for (; state.time <= 10 * MINUTE; state.time += 10 * SECOND) expect(await find('a')).toBe('found');
  expect(state.asked).toBe(1);
  expect(await find('a')).toBe('found');
  expect(state.asked).toBe(2);
});

test('who comes while the question is out waits for its answer', async () => {
  const { state, find } = issuer();
  expect(await Promise.all(Array.from({ length: 50 }, () => find('a')))).toEqual(Array(50).fill('found'));
  expect(state.asked).toBe(1);
});

test('two hundred unknown keys lead to one question in 30 s, and never to more', async () => {
  const { state, find } = issuer();
  await find('a');
  state.time += MINUTE;
  const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => find(`unknown-${index}`)));
  expect(new Set(answers)).toEqual(new Set(['unknown']));
  expect(state.asked).toBe(2);
  for (let passed = 0; passed < 5 * MINUTE; passed += SECOND) {
    state.time += SECOND;
    await find(`unknown-${passed}`);
  }
  expect(state.asked).toBe(2 + 10);
});

test('a new key is known with its first token', async () => {
  const { state, find } = issuer();
  await find('a');
  state.time += 31 * SECOND;
  state.answer = async () => Response.json(rotated);
  expect([await find('b'), await find('a'), state.asked]).toEqual(['found', 'found', 2]);
});

test('a key that was taken back is refused after ten minutes', async () => {
  const { state, find } = issuer();
  state.answer = async () => Response.json(rotated);
  expect(await find('b')).toBe('found');
  state.answer = async () => Response.json(first);
  state.time += 10 * MINUTE;
  expect(await find('b')).toBe('found');
  state.time += SECOND;
  expect(await find('b')).toBe('unknown');
});

describe('while the issuer is down', () => {
  test('nobody is refused, and it is asked every 30 s', async () => {
    const { state, find, goDown } = issuer();
    goDown();
    for (; state.time < 5 * MINUTE; state.time += SECOND) expect(await find('a')).toBe('unavailable');
    expect(state.asked).toBe(10);
    state.answer = async () => Response.json(first);
    expect(await find('a')).toBe('found');
  });

  test('the keys that are known serve on for a day, and unknown ones may be new', async () => {
    const { state, find, goDown } = issuer();
    await find('a');
    goDown();
    for (state.time = HOUR; state.time <= 24 * HOUR; state.time += HOUR) {
      expect(await find('a')).toBe('found');
      expect(await find('b')).toBe('unavailable');
    }
    expect(await find('a')).toBe('unavailable');
    expect(state.asked).toBeLessThan(30);
  });

  test.each<[string, () => Promise<Response>]>([
    ['500', async () => new Response('', { status: 500 })],
    ['404', async () => Response.json({ keys: [] }, { status: 404 })],
    ['a page', async () => new Response('<html>')],
    ['something else', async () => Response.json({ keys: 'none' })],
    ['nothing', async () => Response.json(null)],
  ])('an answer of %s is none', async (_, answer) => {
    const { state, find } = issuer();
    state.answer = answer;
    expect(await find('a')).toBe('unavailable');
  });
});

test('follows no redirect and waits no longer than two seconds', async () => {
  let asked: RequestInit | undefined;
  const keyOf = remoteKeySet(URL_OF_SET, {
    fetch: async (_, init) => {
      asked = init;
      return Response.json(first);
    },
  });
  await keyOf({ alg: 'ES256', kid: 'a' }, { payload: '', signature: '' });
  expect(asked).toMatchObject({ redirect: 'error', signal: expect.anything() });
});
