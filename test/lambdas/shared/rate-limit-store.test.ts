import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { RateLimitStore } from '../../../lambdas/shared/rate-limit-store.ts';
import { loseFirstAnswer, scratchTable } from '../../scratch-table.ts';
import { InMemoryRateLimitStore, type RateLimitRow } from '../in-memory-rate-limit-store.ts';
import { direct, losingFirstAnswer, type Transport } from '../transport.ts';
import { rateLimitStoreContract } from './rate-limit-store-contract.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');

describe('on DynamoDB', () => {
  rateLimitStoreContract(async () => {
    const { client, documents, name } = await scratchTable(['limit_key']);
    return {
      store: () => new RateLimitStore(documents, name),
      loseFirstAnswer: () => loseFirstAnswer(client),
      async row(limit_key) {
        const get = new GetCommand({ TableName: name, Key: { limit_key }, ConsistentRead: true });
        const { next_free_at, expires_at } = (await documents.send(get)).Item ?? {};
        return next_free_at && { next_free_at, expires_at };
      },
    };
  });

  test('costs one write for who stands in line, and one more to begin one', async () => {
    const { client, documents, name } = await scratchTable(['limit_key']);
    let calls = 0;
    client.middlewareStack.add(
      (next) => (args) => {
        calls++;
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low', name: 'countCalls' },
    );
    const store = new RateLimitStore(documents, name);
    const callsOf = async (now: Date): Promise<number> => {
      calls = 0;
      await store.reserve({ limitKey: 'letters', perSecond: 5, count: 10 }, now);
      return calls;
    };
    expect(await callsOf(NOW)).toBe(2);
    expect(await callsOf(NOW)).toBe(1);
    expect(await callsOf(new Date(NOW.getTime() + 60_000))).toBe(2);
  });

  test('gives up, for a later try, where it is refused again and again', async () => {
    let calls = 0;
    const client = {
      async send() {
        calls++;
        throw new ConditionalCheckFailedException({ message: 'refused', $metadata: {} });
      },
    } as unknown as DynamoDBDocumentClient;
    const reserve = new RateLimitStore(client, 'limits').reserve(
      { limitKey: 'letters', perSecond: 1, count: 1 },
      NOW,
    );
    await expect(reserve).rejects.toMatchObject({ code: 'unavailable', kind: 'transient' });
    expect(calls).toBeLessThanOrEqual(10);
  });
});

describe('in memory, as the simulation has it', () => {
  rateLimitStoreContract(async () => {
    const rows = new Map<string, RateLimitRow>();
    let current = direct;
    const transport: Transport = (call, operation) => current(call, operation);
    return {
      store: () => new InMemoryRateLimitStore(rows, transport),
      loseFirstAnswer: () => {
        current = losingFirstAnswer();
      },
      row: async (key) => rows.get(key),
    };
  });
});

const perSecond = fc.oneof(
  fc.constantFrom(1 / 86_400, 1 / 3, 1, 1.0004, 1.001, 3, 7, 999, 1_000),
  fc.double({ min: 1 / 86_400, max: 1_000, noNaN: true }),
  fc.double({ min: 0.5, max: 5, noNaN: true }),
);
/** Milliseconds since the one before, and how wrong the clock of the container is. */
const reserves = fc.array(
  fc.record({
    pause: fc.oneof(fc.nat(50), fc.nat(5_000), fc.nat(600_000)),
    skew: fc.integer({ min: -200, max: 200 }),
    count: fc.integer({ min: 1, max: 10 }),
    isAnswerLost: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
);

test('whoever asks when, no time has more turns than the rate gives it and a burst', async () => {
  await fc.assert(
    fc.asyncProperty(perSecond, reserves, async (perSecond, asked) => {
      const rows = new Map<string, RateLimitRow>();
      const given: number[] = [];
      let clock = NOW.getTime();
      for (const { pause, skew, count, isAnswerLost } of asked) {
        clock += pause;
        const store = new InMemoryRateLimitStore(rows, isAnswerLost ? losingFirstAnswer() : direct);
        const turns = await store.reserve({ limitKey: 'letters', perSecond, count }, new Date(clock + skew));
        given.push(...turns.map((turn) => turn.getTime()));
      }
      given.sort((a, b) => a - b);
      const burst = Math.max(1, perSecond);
      const excess = given.flatMap((from, first) =>
        given.slice(first).map((to, more) => more + 1 - ((to - from) / 1000) * perSecond - burst),
      );
      // A billionth for what division leaves.
      expect(Math.max(...excess)).toBeLessThan(1e-9);
    }),
  );
});

test('who takes many waits no longer than they take at that rate, but for a thousandth', async () => {
  await fc.assert(
    fc.asyncProperty(
      perSecond,
      fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1 }),
      async (rate, counts) => {
        const store = new InMemoryRateLimitStore();
        let last = NOW;
        for (const count of counts) {
          const turns = await store.reserve({ limitKey: 'letters', perSecond: rate, count }, NOW);
          last = turns.at(-1) ?? last;
        }
        const taken = counts.reduce((sum, count) => sum + count, 0);
        const seconds = Math.max(0, taken - Math.max(1, rate)) / rate;
        expect(last.getTime() - NOW.getTime()).toBeLessThanOrEqual(seconds * 1_001 + 2);
      },
    ),
  );
});
