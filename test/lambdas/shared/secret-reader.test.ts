import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { readAhead, secretReader, secretValues } from '../../../lambdas/shared/secret-reader.ts';

const MINUTE = 60_000;

/** Secrets Manager under a clock: the real client cannot be told what time it is. */
function secretsManager() {
  const state = { time: 0, asked: 0, answer: async (): Promise<string> => '{"current":"first"}' };
  const client = {
    send: async () => {
      state.asked += 1;
      return { SecretString: await state.answer() };
    },
  } as unknown as SecretsManagerClient;
  const read = secretReader(client, 'secret', { parse: secretValues, now: () => state.time });
  const fail = (error: object) => {
    state.answer = async () => {
      throw Object.assign(new Error('refused'), error);
    };
  };
  return { state, read, fail };
}

const throttled = { name: 'ThrottlingException' };

test('keeps what it read for five minutes', async () => {
  const { state, read } = secretsManager();
  for (; state.time < 5 * MINUTE; state.time += MINUTE) expect(await read()).toEqual({ current: 'first' });
  expect(state.asked).toBe(1);
  state.answer = async () => '{"current":"second","previous":"first"}';
  expect(await read()).toEqual({ current: 'second', previous: 'first' });
});

test('who asks at the same time shares one question', async () => {
  const { state, read } = secretsManager();
  await Promise.all([read(), read(), read()]);
  expect(state.asked).toBe(1);
});

test('what is read ahead is there for the first request', async () => {
  const { state, read } = secretsManager();
  expect(await readAhead(read)()).toEqual({ current: 'first' });
  expect(state.asked).toBe(1);
});

test('what could not be read ahead is read again', async () => {
  const { state, read, fail } = secretsManager();
  fail(throttled);
  const ahead = readAhead(read);
  await expect(ahead()).rejects.toMatchObject(throttled);
  state.answer = async () => '{"current":"first"}';
  expect(await ahead()).toEqual({ current: 'first' });
});

test('while Secrets Manager does not answer, the kept one serves on and is asked for every 30 s', async () => {
  const { state, read, fail } = secretsManager();
  await read();
  fail(throttled);
  for (state.time = 5 * MINUTE; state.time < 10 * MINUTE; state.time += 1_000)
    expect(await read()).toEqual({ current: 'first' });
  expect(state.asked).toBe(1 + 10);
});

test('a typo in a secret that is rotated locks nobody out, and is mended within 30 s', async () => {
  const { state, read } = secretsManager();
  await read();
  state.answer = async () => '{"current":"second",}';
  state.time = 5 * MINUTE;
  expect(await read()).toEqual({ current: 'first' });
  state.answer = async () => '{"current":"second"}';
  state.time += 30_000;
  expect(await read()).toEqual({ current: 'second' });
});

test('a secret that may not be read any more is not served on', async () => {
  const { state, read, fail } = secretsManager();
  await read();
  fail({ name: 'AccessDeniedException' });
  state.time = 5 * MINUTE;
  await expect(read()).rejects.toThrow('refused');
});

test.each(['', 'text', '"text"', 'null', '{}', '{"current":""}', '{"current":7}'])(
  'a secret of another form is an error: %s',
  async (text) => {
    const { state, read } = secretsManager();
    state.answer = async () => text;
    await expect(read()).rejects.toThrow();
  },
);

test.each(['hunter2-of-the-issuer', '{"current": hunter2-of-the-issuer}', '{"current":"hunter2'])(
  'the error about a secret that is no JSON says nothing of it: %s',
  async (text) => {
    const { state, read } = secretsManager();
    state.answer = async () => text;
    const error = await read().catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ message: expect.stringContaining('is not JSON of the form') });
    expect(`${(error as Error).message} ${(error as Error).cause}`).not.toContain('hunter2');
  },
);
