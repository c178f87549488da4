import type { AssemblyStatus } from '../../lib/domain/assembly-status.ts';
import type { History } from './history.ts';
import type { Answer, Call, PatientClient } from './patient-client.ts';
import type { PlannedJob } from './plan-jobs.ts';

/** A job in the hands of its user, and what its user saw. */
export class PlayedJob {
  readonly plan: PlannedJob;
  /** Of each answer that tells the state of the assembly, and the highest that was known when it was asked for. */
  readonly versions: { readonly known: number; readonly told: number }[] = [];
  /** Answers that the documentation does not have. */
  readonly strange: string[] = [];
  id: string | undefined;
  private readonly client: PatientClient;
  private readonly history: History;

  constructor(plan: PlannedJob, client: PatientClient, history: History) {
    this.plan = plan;
    this.client = client;
    this.history = history;
  }

  /** Asks for something, and keeps what the answer tells of the assembly. */
  async call(path: string, call: Omit<Call, 'onStrange'>): Promise<Answer> {
    const known = Math.max(0, ...this.versions.map(({ told }) => told));
    const answer = await this.client.call(path, { ...call, onStrange: (what) => this.strange.push(what) });
    const told = answer.status < 300 ? answer.body : answer.body.current;
    const name = `${call.method ?? 'GET'} ${path.replace(/[0-9a-f]{64}/, '…')}`;
    this.note(`${name}: ${answer.status} ${answer.body.code ?? ''} ${describe(told)}`);
    if (told?.version !== undefined) this.versions.push({ known, told: told.version });
    return answer;
  }

  /** Says that this answer is not one to be had there. */
  wonder(what: string, { status, body }: Answer): void {
    this.strange.push(`${what}: ${status} ${JSON.stringify(body).slice(0, 300)}`);
  }

  note(what: string): void {
    if (this.id !== undefined) this.history.note(this.id, what);
  }
}

const describe = ({ status, attempt, version }: Partial<AssemblyStatus> = {}): string =>
  status === undefined ? '' : `${status}, attempt ${attempt}, version ${version}`;
