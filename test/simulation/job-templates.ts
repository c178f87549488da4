import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { FileError, StepError, ValidationError } from '../../lib/domain/assembly-error.ts';
import { defineTemplate, type Step, type StepContext } from '../../lib/domain/template.ts';
import { buildRegistry, type TemplateRegistry } from '../../lib/domain/template-registry.ts';
import type { Invocation } from './invocation.ts';
import type { Mailboxes } from './mailboxes.ts';
import type { Random } from './random.ts';

/** How work can go. Drawn anew for each run, so that a retry may end better. */
const MOODS = {
  fine: 60,
  permanent: 8,
  transient: 12,
  crash: 6,
  'too long': 4,
  'deaf and too long': 2,
  invalid: 8,
} as const;

const fields = z.looseObject({ nonce: z.number() });
type Fields = z.infer<typeof fields>;

const work = (name: string, run: Step<Fields>['run']): Step<Fields> => ({
  name,
  title: `Doing ${name}`,
  run,
});

interface Worker {
  readonly invocation: Invocation;
  readonly random: Random;
  readonly mailboxes: Mailboxes;
}

const list = z.looseObject({ recipients: z.array(z.looseObject({ id: z.string(), box: z.string() })) });

/** Of the template with a limit, for each box by itself. */
export const SENDS_PER_SECOND = 0.5;

/** Templates whose steps do nothing but wait, in the worker that runs them, and go wrong in every way that steps can. */
export function templatesFor({ invocation, random, mailboxes }: Worker): TemplateRegistry {
  const { pause } = invocation.clock;
  const quick = async (): Promise<null> => {
    await pause(random.int(5, 2_000));
    return null;
  };
  const report = async ({ progress }: StepContext<Fields>): Promise<number> => {
    for (const done of [0.3, 0.6, 0.9]) {
      await pause(random.int(100, 6_000));
      progress(done);
    }
    return 1;
  };
  const moody = async (context: StepContext<Fields>): Promise<string> => {
    await pause(random.int(10, 4_000));
    const mood = random.weighted(MOODS);
    switch (mood) {
      case 'permanent':
        throw new StepError('refused', 'WORKER_ERROR', 'The other side refuses.', { retryable: false });
      case 'invalid':
        throw new ValidationError('senseless', 'That makes no sense.');
      case 'transient':
        throw new Error('connect ETIMEDOUT');
      case 'crash':
        return invocation.crash();
      case 'too long':
        await untilAborted(context.signal);
        context.signal.throwIfAborted();
        return mood;
      case 'deaf and too long':
        await pause(400_000);
        return mood;
      default:
        return mood;
    }
  };
  const read = async ({ eachInput, result }: StepContext<Fields>): Promise<null> => {
    await eachInput(async (input) => {
      const bytes = await text(await input.stream());
      await pause(random.int(10, 1_500));
      if (random.chance(0.1)) throw new FileError('unreadable', 'The file cannot be read.');
      const { id, field } = input;
      await result(`${input.basename}.out`, Buffer.from(bytes), {
        mime: 'text/plain',
        original: { id, field },
      });
    });
    return null;
  };
  return new Map([
    ...REGISTRY,
    ...[
      defineTemplate({ id: 'quick-work', fields, steps: [work('do', quick)] }),
      defineTemplate({ id: 'long-work', fields, steps: [work('one', report), work('two', report)] }),
      defineTemplate({ id: 'moody-work', fields, steps: [work('begin', quick), work('end', moody)] }),
      defineTemplate({ id: 'file-work', fields, uploads: FILES, steps: [work('read', read)] }),
      defineTemplate({
        id: 'send-all',
        fields: list,
        fanOut: { send: (context) => mailboxes.send(context, invocation) },
      }),
      defineTemplate({
        id: 'paced-send',
        fields: list,
        fanOut: {
          send: (context) => mailboxes.send(context, invocation, context.recipient.box),
          rateLimit: { perSecond: SENDS_PER_SECOND, key: ({ box }) => box },
        },
      }),
    ].map((template) => [template.id, template] as const),
  ]);
}

const FILES = { min: 1, max: 3 };
const EXTERNAL_SECONDS = 2 * 3600;

const never = work('do', () => {
  throw new Error('Only a worker has steps that run');
});

const neverSent = (): never => {
  throw new Error('Only a submission worker sends');
};

/** For those who do not run steps. */
export const REGISTRY: TemplateRegistry = buildRegistry([
  ...['quick-work', 'long-work', 'moody-work'].map((id) => defineTemplate({ id, fields, steps: [never] })),
  defineTemplate({ id: 'file-work', fields, uploads: FILES, steps: [never] }),
  defineTemplate({ id: 'by-hand', fields, external: true, timeout: EXTERNAL_SECONDS }),
  defineTemplate({ id: 'send-all', fields: list, fanOut: { send: neverSent } }),
  defineTemplate({ id: 'paced-send', fields: list, fanOut: { send: neverSent } }),
  defineTemplate({
    id: 'list-by-hand',
    fields: list,
    external: true,
    fanOut: true,
    timeout: EXTERNAL_SECONDS,
  }),
]);

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
