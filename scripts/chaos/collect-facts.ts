import type { AssemblyStatus } from '../../lib/domain/assembly-status.ts';
import type { Backstage } from './backstage.ts';
import type { Facts, JobFacts, Receipt } from './facts.ts';
import type { PlayedJob } from './played-job.ts';

export interface FactSources {
  readonly jobs: readonly PlayedJob[];
  readonly receipts: readonly Receipt[];
  readonly backstage: Backstage;
  readonly tokenOf: (user: string) => string;
}

/** Reads how all has ended: what the users see over HTTP, and what is left backstage. */
export async function collectFacts({ jobs, receipts, backstage, tokenOf }: FactSources): Promise<Facts> {
  const [open, queues, putAside] = await Promise.all([
    backstage.open(),
    backstage.queues(),
    backstage.putAside(),
  ]);
  const told = await Promise.all(
    jobs.map((job) => jobFacts(job, tokenOf(job.plan.user)).catch(() => withoutAnswer(job))),
  );
  const isDeadLetters = ([queue]: readonly [string, number]): boolean => queue.endsWith('_dead_letters');
  return {
    jobs: told,
    receipts,
    open,
    queues: Object.fromEntries(Object.entries(queues).filter((entry) => !isDeadLetters(entry))),
    deadLetters: await backstage.deadLetters(),
    putAside,
  };
}

const withoutAnswer = ({ plan: { kind }, id, versions, strange }: PlayedJob): JobFacts => ({
  ...{ kind, id, versions, strange },
  deliveries: [],
});

async function jobFacts(job: PlayedJob, token: string): Promise<JobFacts> {
  const { id, plan, versions, strange } = job;
  const seen = { kind: plan.kind, id, versions: [...versions], strange };
  if (id === undefined) return { ...seen, deliveries: [] };
  const headers = { authorization: `Bearer ${token}` };
  const { body } = await job.call(`/assemblies/${id}`, { headers });
  const { status, attempt, version, retry_count, error_code, attempts } = body as AssemblyStatus;
  const lostRuns = (attempts ?? []).filter((run) => run.error_code === 'worker_lost').length;
  return {
    ...seen,
    ...(status && {
      end: {
        status,
        attempt,
        version,
        retryCount: retry_count,
        lostRuns,
        ...(error_code && { errorCode: error_code }),
      },
    }),
    deliveries: await deliveriesOf(job, headers),
  };
}

async function deliveriesOf(
  job: PlayedJob,
  headers: Readonly<Record<string, string>>,
): Promise<JobFacts['deliveries']> {
  const found: JobFacts['deliveries'][number][] = [];
  let query = '';
  for (;;) {
    const { body } = await job.call(`/assemblies/${job.id}/deliveries${query}`, { headers });
    for (const { event_id, state, attempt_count } of body.deliveries ?? [])
      found.push({ eventId: event_id, state, attempts: attempt_count });
    if (body.cursor === undefined) return found;
    query = `?cursor=${encodeURIComponent(body.cursor)}`;
  }
}
