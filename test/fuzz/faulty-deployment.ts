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
import type { Real } from './model-commands.ts';

/** A fault: what it makes of the assembly and of the answer after a request of that name. */
export interface Fault {
  readonly what: string;
  after(
    name: string,
    assembly: AssemblyModel,
    before: AssemblyModel,
    answer: Expected,
  ): Partial<Expected> | undefined;
}

/** Each is a promise of docs/states.md or docs/external-workers.md, broken. */
export const FAULTS: readonly Fault[] = [
  {
    what: 'writes what was said before',
    after(name, assembly, before, { status }) {
      if (name === 'status-update' && status === 200 && assembly.version === before.version)
        assembly.version += 1;
      return undefined;
    },
  },
  {
    what: 'forgets to count the claim',
    after(_name, assembly, before) {
      assembly.claim = before.claim;
      return undefined;
    },
  },
  {
    what: 'lets progress fall',
    after(name, assembly, before) {
      if (name === 'status-update' && assembly.status === 'processing' && before.progress === 100)
        assembly.progress = 50;
      return undefined;
    },
  },
  {
    what: 'takes a second end',
    after: (name, _assembly, _before, { code }) =>
      name === 'status-update' && code === 'already_ended' ? { status: 200, code: undefined } : undefined,
  },
  {
    what: 'answers 200 to a stale claim',
    after: (_name, _assembly, _before, { code }) =>
      code === 'stale_update' ? { status: 200, code: undefined } : undefined,
  },
  {
    what: 'retries without end',
    after(_name, assembly, _before, { code }) {
      if (code !== 'retries_exhausted') return undefined;
      assembly.attempt += 1;
      return { status: 202, code: undefined };
    },
  },
  {
    what: 'does not renew the retries at a resubmission',
    after(name, assembly, before) {
      if (name === 'submit' && assembly.attempt > before.attempt) assembly.retry_count = before.retry_count;
      return undefined;
    },
  },
  {
    what: 'keeps the progress message at the end',
    after(_name, assembly, before) {
      if (assembly.status === 'canceled') assembly.progress_message = before.progress_message;
      return undefined;
    },
  },
  {
    what: 'cancels what has ended',
    after(name, assembly, before, { code }) {
      if (name !== 'cancel' || code !== 'already_ended') return undefined;
      assembly.status = 'canceled';
      assembly.version = before.version + 1;
      return { status: 200, code: undefined };
    },
  },
  {
    what: 'refuses without the state as it stands',
    after: (_name, _assembly, _before, { status }) =>
      status === 409 ? { members: { current: undefined } } : undefined,
  },
];

/** A deployment that does what the model says, but for the fault: what the commands are tried on. */
export function faultyDeployment(fault: Fault | undefined): Real {
  let assembly: AssemblyModel | undefined;
  const answerTo = (name: string, body: object, query: Readonly<Record<string, string>>): Expected => {
    if (name === 'submit' && !assembly) {
      assembly = submitted(body as ModelSubmission);
      return { status: 202, members: { created: true, restarted: false } };
    }
    if (!assembly) return { status: 404, code: 'not_found' };
    const named = query.attempt === undefined ? undefined : Number(query.attempt);
    const answers: Record<string, (to: AssemblyModel) => Expected> = {
      submit: (to) => resubmit(to, body as ModelSubmission),
      'status-update': (to) => update(to, body as ModelUpdate),
      retry: (to) => retry(to, named),
      cancel,
      status: (to) => ({ status: shownAs(to) }),
    };
    const before = structuredClone(assembly);
    const answer = answers[name]?.(assembly) ?? { status: 404 };
    return { ...answer, ...fault?.after(name, assembly, before, answer) };
  };
  return {
    fields: {},
    async call(name, { body = {}, query = {} } = {}) {
      const { status, code, members } = answerTo(name, structuredClone(body), query);
      const shown = assembly && shownOf(assembly);
      return {
        status,
        json: code === undefined ? { ...shown, ...members } : { code, current: shown, ...members },
      };
    },
  };
}

/** As an answer has it: with times, which the model only has as whether they are there. */
function shownOf(assembly: AssemblyModel): object {
  const { has_started, has_ended, ...shown } = statusOfModel(assembly);
  const time = '2026-11-22T00:00:00.000Z';
  return {
    ...shown,
    ...(has_started === true && { execution_start: time }),
    ...(has_ended === true && { completed_at: time, last_job_completed: time }),
    queue: { state: null, position: null, degraded: false },
  };
}
