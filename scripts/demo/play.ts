import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { StatusLambdaClient } from '../../lib/client/status-lambda-client.ts';
import type { AssemblyStatus } from '../../lib/domain/assembly-status.ts';
import { LOCAL_USER, type LocalWaybill } from '../local-waybill.ts';
import { type Answer, call } from './http-api-client.ts';
import { ProgressDisplay } from './progress-display.ts';
import { verifyWebhook, type WebhookReceiver } from './webhook-receiver.ts';

/** Of a scene: what was seen, for the table at the end. */
export interface Scene {
  readonly title: string;
  run(): Promise<string>;
}

type Submitted = AssemblyStatus & { readonly created: boolean; readonly restarted: boolean };

/** A user would wait as long as Retry-After says; the demo wants to see every state of a job that takes 50 ms. */
const POLL_EVERY_MS = 10;
const GIVE_UP_AFTER_MS = 15_000;

/** The scenes of the demo, in order; each throws where Waybill does not do what it says. */
export function scenes(local: LocalWaybill, receiver: WebhookReceiver, output: NodeJS.WriteStream): Scene[] {
  const user = { authorization: `Bearer ${local.token}` };
  let submission: object = {};
  let assemblyId = '';
  const submit = () => call<Submitted>(`${local.url}/assemblies`, { headers: user, body: submission });
  const statusUrl = (id: string) => `${local.url}/assemblies/${id}`;

  return [
    {
      title: 'POST /assemblies',
      async run() {
        const text = await readFile(join(import.meta.dirname, 'the-lighthouse-ledger.txt'), 'utf8');
        submission = {
          template_id: 'text-statistics',
          fields: { text, language: 'en' },
          reference: 'the-lighthouse-ledger',
          webhook_url: receiver.url,
        };
        const { statusCode, body } = await submit();
        expectThat(statusCode === 202 && body.created, `a new assembly and 202, not ${statusCode}`);
        assemblyId = body.assembly_id;
        return `${statusCode}, ${(text.length / 1000).toFixed(1)} KB of text accepted as ${short(assemblyId)}`;
      },
    },
    {
      title: 'GET /assemblies/{id}',
      async run() {
        const { answers, last } = await pollToEnd(statusUrl(assemblyId), user, output);
        expectThat(answers.includes(202), 'at least one 202 while it ran');
        expectThat(last.body.status === 'completed', `the end to be completed, not ${last.body.status}`);
        const { words, sentences, reading_seconds, terms } = last.body.result as unknown as TextStatistics;
        output.write(
          `  ${words} words, ${sentences} sentences, ${Math.round(reading_seconds / 60)} minutes to read\n`,
        );
        output.write(
          `  most frequent: ${terms
            .slice(0, 5)
            .map(({ term, count }) => `${term} ${count}`)
            .join(', ')}\n`,
        );
        return `202 ${answers.filter((code) => code === 202).length} times, then 200 with the result`;
      },
    },
    {
      title: 'StatusLambdaClient',
      async run() {
        const client = new StatusLambdaClient({
          region: 'us-east-1',
          functionName: local.functions.status,
          endpoint: local.lambda_endpoint,
          credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        });
        const own = await client.getStatus(assemblyId, LOCAL_USER);
        expectThat(own.success && own.status.status === 'completed', 'the status by direct Lambda call');
        const strange = await client.getStatus(assemblyId, 'somebody-else');
        expectThat(!strange.success && strange.statusCode === 404, 'a stranger to be told 404');
        return 'completed by direct Lambda invoke; 404 for a stranger';
      },
    },
    {
      title: 'POST the same again',
      async run() {
        const before = await call(statusUrl(assemblyId), { headers: user });
        const { statusCode, body } = await submit();
        expectThat(body.assembly_id === assemblyId && !body.created, 'the same id and created: false');
        expectThat(body.version === before.body.version, 'no second run');
        return `${statusCode}, same id, created: ${body.created}, still version ${body.version}`;
      },
    },
    {
      title: 'Signed webhook',
      async run() {
        const { body } = await call<{ secret: string }>(`${local.url}/webhook-secret`, { headers: user });
        const webhook = await within(receiver.received, 'the webhook');
        verifyWebhook(webhook, body.secret);
        const status = JSON.parse(webhook.body) as AssemblyStatus;
        expectThat(
          status.assembly_id === assemblyId && status.ok !== undefined,
          'the webhook of this assembly',
        );
        return `${webhook.headers['webhook-id']} verified, standardwebhooks and x-transflow-signature`;
      },
    },
    {
      title: 'External worker',
      async run() {
        const { body } = await call<Submitted>(`${local.url}/assemblies`, {
          headers: user,
          body: { template_id: 'human-review', fields: { title: 'Is the ledger worth reading?' } },
        });
        const worker = { 'x-webhook-secret': local.update_secret };
        const update = (change: object) =>
          call(`${statusUrl(body.assembly_id)}/status`, { headers: worker, body: change });
        await update({ status: 'processing', progress: 50, progress_message: 'Reading' });
        await update({ status: 'completed', result: { verdict: 'yes' } });
        const end = await call(statusUrl(body.assembly_id), { headers: user });
        expectThat(
          end.statusCode === 200 && end.body.status === 'completed',
          'the end that the worker reported',
        );
        return 'human-review moved to completed with the update secret';
      },
    },
  ];
}

interface TextStatistics {
  readonly words: number;
  readonly sentences: number;
  readonly reading_seconds: number;
  readonly terms: readonly { readonly term: string; readonly count: number }[];
}

async function pollToEnd(url: string, headers: Record<string, string>, output: NodeJS.WriteStream) {
  const display = new ProgressDisplay(output);
  const answers: number[] = [];
  const deadline = performance.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    const last: Answer<AssemblyStatus> = await call(url, { headers });
    answers.push(last.statusCode);
    display.show(last.statusCode, last.body);
    if (last.statusCode === 200) {
      display.end();
      return { answers, last };
    }
    expectThat(performance.now() < deadline, `an end within ${GIVE_UP_AFTER_MS / 1000} s`);
    await setTimeout(POLL_EVERY_MS);
  }
}

const within = <T>(promise: Promise<T>, what: string): Promise<T> =>
  Promise.race([
    promise,
    setTimeout(GIVE_UP_AFTER_MS, undefined, { ref: false }).then(() => {
      throw new Error(`Expected ${what} within ${GIVE_UP_AFTER_MS / 1000} s`);
    }),
  ]);

function expectThat(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`Expected ${what}`);
}

const short = (id: string): string => `${id.slice(0, 8)}…${id.slice(-4)}`;
