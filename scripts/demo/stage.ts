import { setTimeout } from 'node:timers/promises';
import type { UploadRequest } from '../../lib/client/put-upload.ts';
import type { AssemblyStatus } from '../../lib/domain/assembly-status.ts';
import type { LocalWaybill } from '../local-waybill.ts';
import type { TroubledReceiver } from './delivery/troubled-receiver.ts';
import { type Answer, call } from './http-api-client.ts';
import { ProgressDisplay } from './progress-display.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';

/** What the scenes of the demo play on. */
export interface Stage {
  readonly local: LocalWaybill;
  readonly receiver: WebhookReceiver;
  readonly messages: TroubledReceiver;
  readonly output: NodeJS.WriteStream;
}

export interface Scene {
  readonly title: string;
  /** Returns what was seen, for the table at the end; throws where Waybill does not do what it says. */
  run(): Promise<string>;
}

/** The answer to `POST /assemblies`. */
export type Submitted = Omit<AssemblyStatus, 'uploads'> & {
  readonly created: boolean;
  readonly restarted: boolean;
  readonly uploads: readonly (AssemblyStatus['uploads'][number] & UploadRequest)[];
};

/** A user would wait as long as Retry-After says; the demo wants to see every state of a job that takes 50 ms. */
const POLL_EVERY_MS = 10;
const GIVE_UP_AFTER_MS = 15_000;

type Deployment = Pick<Stage, 'local'>;

export const userHeaders = ({ local }: Deployment): Record<string, string> => ({
  authorization: `Bearer ${local.token}`,
});

export const statusUrl = ({ local }: Deployment, id: string): string => `${local.url}/assemblies/${id}`;

export const submit = (stage: Deployment, body: object): Promise<Answer<Submitted>> =>
  call<Submitted>(`${stage.local.url}/assemblies`, { headers: userHeaders(stage), body });

export interface Polled {
  /** The status codes of the answers, in order. */
  readonly statusCodes: readonly number[];
  readonly end: AssemblyStatus;
}

/** Asks until the assembly has ended, and shows the way there. */
export const pollToEnd = (stage: Stage, id: string): Promise<Polled> =>
  pollUntil(stage, id, 'an end', ({ statusCode }) => statusCode === 200);

/** Asks until `isThere`, and shows the way there. */
export async function pollUntil(
  stage: Stage,
  id: string,
  what: string,
  isThere: (answer: Answer<AssemblyStatus>) => boolean,
): Promise<Polled> {
  const display = new ProgressDisplay(stage.output);
  const statusCodes: number[] = [];
  const deadline = performance.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    const answer = await call(statusUrl(stage, id), { headers: userHeaders(stage) });
    statusCodes.push(answer.statusCode);
    display.show(answer.statusCode, answer.body);
    if (isThere(answer)) {
      display.end();
      return { statusCodes, end: answer.body };
    }
    expectThat(performance.now() < deadline, `${what} within ${GIVE_UP_AFTER_MS / 1000} s`);
    await setTimeout(POLL_EVERY_MS);
  }
}

export const within = <T>(promise: Promise<T>, what: string): Promise<T> =>
  Promise.race([
    promise,
    setTimeout(GIVE_UP_AFTER_MS, undefined, { ref: false }).then(() => {
      throw new Error(`Expected ${what} within ${GIVE_UP_AFTER_MS / 1000} s`);
    }),
  ]);

export function expectThat(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`Expected ${what}`);
}

export const shortId = (id: string): string => `${id.slice(0, 8)}…${id.slice(-4)}`;
