import * as fc from 'fast-check';
import type { FunctionName } from '../../lib/bindings.ts';
import {
  type AssemblyModel,
  cancel,
  type Expected,
  type ModelSubmission,
  type ModelUpdate,
  resubmit,
  retry,
  shownAs,
  statusOfModel,
  submitted,
  update,
} from './assembly-model.ts';

/** A request to a route about the one assembly of a sequence. */
export interface Call {
  readonly body?: object;
  readonly query?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is what the test is about
  readonly json: any;
}

/** The deployment, or what is tried in its place, and the one assembly of a sequence. */
export interface Real {
  readonly fields: object;
  call(name: FunctionName, call?: Call): Promise<Answered>;
}

/** `assembly` is undefined as long as nothing was submitted. */
export interface Model {
  assembly?: AssemblyModel;
}

/** What an answer shows of the assembly, in the model's terms: times as whether they are there. */
function shownIn(status: Record<string, unknown>): Record<string, unknown> {
  const { attempts, execution_start, completed_at, last_job_completed, queue } = status;
  const runs = (attempts as { attempt: number; status: string }[]).map(({ attempt, status: end }) => ({
    attempt,
    status: end,
  }));
  expect(completed_at).toBe(last_job_completed);
  // Somebody else's work is never in the queue.
  expect(queue).toMatchObject({ state: null, position: null, degraded: false });
  const has_started = execution_start !== undefined;
  const all = { ...status, attempts: runs, has_started, has_ended: completed_at !== undefined };
  return Object.fromEntries(Object.entries(all).filter(([name]) => !NOT_IN_THE_MODEL.includes(name)));
}

const NOT_IN_THE_MODEL = [
  ...[
    'assembly_id',
    'template_id',
    'queue',
    'branch',
    'user',
    'message',
    'uploads',
    'results',
    'claim',
    'created',
    'restarted',
  ],
  ...[
    'bytes_expected',
    'bytes_received',
    'bytes_usage',
    'execution_duration',
    'duration_ms',
    'execution_start',
  ],
  ...['created_at', 'updated_at', 'queued_at', 'completed_at', 'last_job_completed'],
];

/** The answer is the one that the model expects, and shows the assembly as the model has it. */
function expectAnswer(answer: Answered, expected: Expected, { assembly }: Model): void {
  const { status, json } = answer;
  expect({ status, code: json?.code }).toEqual({ status: expected.status, code: expected.code });
  if (expected.members) expect(json).toMatchObject(expected.members);
  const shown = expected.code === undefined ? json : json.current;
  if (assembly && shown) expect(shownIn(shown)).toEqual(statusOfModel(assembly));
  if (assembly && expected.code !== 'not_found') expect(shown).toBeDefined();
}

const NOT_FOUND: Expected = { status: 404, code: 'not_found' };

abstract class Command implements fc.AsyncCommand<Model, Real> {
  check(): boolean {
    return true;
  }
  /** What must come of it; where something changes, the model is changed. */
  abstract expected(model: Model): Expected;
  abstract send(real: Real, model: Model): Promise<Answered>;
  async run(model: Model, real: Real): Promise<void> {
    // The request is made from what is known before it.
    const request = this.send(real, structuredClone(model));
    expectAnswer(await request, this.expected(model), model);
  }
  abstract toString(): string;
}

export class Submit extends Command {
  readonly submission: ModelSubmission;
  constructor(submission: ModelSubmission) {
    super();
    this.submission = submission;
  }
  expected(model: Model): Expected {
    if (model.assembly) return resubmit(model.assembly, this.submission);
    model.assembly = submitted(this.submission);
    return { status: 202, members: { created: true, restarted: false } };
  }
  send(real: Real): Promise<Answered> {
    const body = { template_id: 'human-review', fields: real.fields, ...this.submission };
    return real.call('submit', { body });
  }
  toString = (): string => `submit ${JSON.stringify(this.submission)}`;
}

/** The fences as the worker has them, relative to those of the assembly. */
interface Fences {
  readonly attempt?: number;
  readonly claim?: number;
}

class Update extends Command {
  readonly said: ModelUpdate;
  readonly fences: Fences;
  constructor(said: ModelUpdate, fences: Fences) {
    super();
    this.said = said;
    this.fences = fences;
  }
  private body({ assembly }: Model): ModelUpdate {
    const { attempt, claim } = this.fences;
    return {
      ...this.said,
      ...(attempt !== undefined && { attempt: Math.max(1, (assembly?.attempt ?? 1) + attempt) }),
      ...(claim !== undefined && { claim: Math.max(0, (assembly?.claim ?? 0) + claim) }),
    };
  }
  expected(model: Model): Expected {
    return model.assembly ? update(model.assembly, this.body(model)) : NOT_FOUND;
  }
  send(real: Real, model: Model): Promise<Answered> {
    return real.call('status-update', { body: this.body(model) });
  }
  toString = (): string => `update ${JSON.stringify({ ...this.said, fences: this.fences })}`;
}

class Retry extends Command {
  /** Relative to that of the assembly. */
  readonly attempt: number | undefined;
  constructor(attempt: number | undefined) {
    super();
    this.attempt = attempt;
  }
  private named({ assembly }: Model): number | undefined {
    return this.attempt === undefined ? undefined : Math.max(1, (assembly?.attempt ?? 1) + this.attempt);
  }
  expected(model: Model): Expected {
    return model.assembly ? retry(model.assembly, this.named(model)) : NOT_FOUND;
  }
  send(real: Real, model: Model): Promise<Answered> {
    const named = this.named(model);
    return real.call('retry', named === undefined ? {} : { query: { attempt: String(named) } });
  }
  toString = (): string => `retry ${this.attempt ?? ''}`;
}

class Cancel extends Command {
  expected({ assembly }: Model): Expected {
    return assembly ? cancel(assembly) : NOT_FOUND;
  }
  send(real: Real): Promise<Answered> {
    return real.call('cancel');
  }
  toString = (): string => 'cancel';
}

export class Read extends Command {
  expected({ assembly }: Model): Expected {
    return assembly ? { status: shownAs(assembly) } : NOT_FOUND;
  }
  send(real: Real): Promise<Answered> {
    return real.call('status');
  }
  toString = (): string => 'read';
}

export const submission = fc.record(
  { reference: fc.constantFrom('first', 'second'), max_retries: fc.integer({ min: 0, max: 2 }) },
  { requiredKeys: [] },
);

/** Few values, so that the same is said twice. */
const progress = fc.constantFrom(0, 25, 50.5, 100);
const said: fc.Arbitrary<ModelUpdate> = fc.oneof(
  fc.record(
    {
      status: fc.constant('processing' as const),
      progress,
      progress_message: fc.constantFrom('reading', 'writing'),
    },
    { requiredKeys: ['status'] },
  ),
  fc.record(
    {
      status: fc.constantFrom('completed' as const, 'partial' as const),
      progress,
      progress_message: fc.constantFrom('reading', 'done'),
      result: fc.constantFrom<unknown>(null, 0, 'yes', { verdict: 'yes' }, []),
    },
    { requiredKeys: ['status'] },
  ),
  fc.record(
    {
      status: fc.constant('failed' as const),
      progress,
      error: fc.constantFrom('away', 'ill'),
      error_code: fc.constant('ReviewerAway'),
      error_category: fc.constantFrom('QUEUE_ERROR', 'FILE_ERROR'),
      error_details: fc.constantFrom('', 'raw'),
    },
    { requiredKeys: ['status'] },
  ),
);
const fences: fc.Arbitrary<Fences> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: fc.constant({ attempt: 0, claim: 0 }) },
  {
    weight: 2,
    arbitrary: fc.record(
      { attempt: fc.constantFrom(-1, 0, 1), claim: fc.constantFrom(-1, 0, 1) },
      { requiredKeys: [] },
    ),
  },
);

export const modelCommands = [
  submission.map((each) => new Submit(each)),
  fc.tuple(said, fences).map(([each, fence]) => new Update(each, fence)),
  fc.tuple(said, fences).map(([each, fence]) => new Update(each, fence)),
  fc.tuple(said, fences).map(([each, fence]) => new Update(each, fence)),
  fc.constantFrom(undefined, undefined, 0, -1, 1).map((attempt) => new Retry(attempt)),
  fc.constant(new Cancel()),
  fc.constant(new Read()),
];
