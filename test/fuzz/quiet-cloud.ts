import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { type FunctionName, functionId } from '../../lib/bindings.ts';
import { LOCAL_BUNDLES } from '../../scripts/build.ts';
import { UNLIMITED_OWNERS } from '../../scripts/local-waybill.ts';
import { synthesize } from '../../scripts/synth.ts';
import { type ChildCloud, startChildCloud } from '../scripts/local-cloud/child-cloud.ts';

const SETTINGS = {
  bundles: LOCAL_BUNDLES,
  jwt: 'generated',
  jwtIssuer: 'waybill',
  jwtAudience: 'waybill',
  webhookAllowHttp: true,
  webhookAllowedCidrs: '127.0.0.0/8',
  // Two users send whatever is sent.
  ...UNLIMITED_OWNERS,
};

/** What came of an invocation: the value that the handler gave, or what it threw. */
export type Invoked =
  | { readonly value: unknown }
  | { readonly thrown: { readonly errorType: string; readonly errorMessage: string } }
  /** Lambda itself took no event so large. */
  | { readonly tooLarge: true };

export interface QuietCloud {
  readonly url: string;
  readonly endpoints: ChildCloud['endpoints'];
  readonly credentials: ChildCloud['credentials'];
  readonly tables: Readonly<Record<'jobs' | 'submissions' | 'deliveries' | 'queue', string>>;
  /** URLs. */
  readonly queues: Readonly<Record<'jobs' | 'webhooks' | 'submissions' | 'tally', string>>;
  readonly bucket: string;
  /** `master` derives those of users; the others are what a caller shows. */
  readonly secrets: Readonly<Record<'jwt' | 'read' | 'update' | 'master', string>>;
  /** What must be in no answer: names of tables, queues and functions, secrets and keys. */
  readonly insideNames: readonly string[];
  /** Calls the deployed handler, with the environment and the role of the function. */
  invoke(name: FunctionName, event: unknown): Promise<Invoked>;
  /** What the functions have logged since the last call of this. */
  takeLog(): readonly string[];
  stop(): Promise<void>;
}

/**
 * A deployment of its own, as the local cloud runs it, in which nothing happens by itself: no queue, stream or schedule calls
 * a function. So what a handler did with a batch can be seen, and the many assemblies of the fuzz tests are in nobody's way.
 */
export async function startQuietCloud(): Promise<QuietCloud> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-fuzz-'));
  try {
    const template = await synthesize(folder, SETTINGS);
    const idOf = await silence(template);
    const child = await startChildCloud(template);
    return describe(child, idOf, async () => {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

interface TemplateFile {
  readonly Resources: Record<
    string,
    { Type: string; Properties: Record<string, unknown>; Metadata?: { 'aws:cdk:path'?: string } }
  >;
}

/**
 * Takes away what calls functions by itself, so that nobody but the test calls one, and nobody undoes what it did. Returns the
 * logical id of a construct by its path in the stack.
 */
async function silence(file: string): Promise<(path: string) => string> {
  const template = JSON.parse(await readFile(file, 'utf8')) as TemplateFile;
  const ids = new Map<string, string>();
  for (const [id, { Type, Properties, Metadata }] of Object.entries(template.Resources)) {
    if (Type === 'AWS::Lambda::EventSourceMapping') delete template.Resources[id];
    if (Type === 'AWS::Events::Rule') Properties.State = 'DISABLED';
    ids.set(Metadata?.['aws:cdk:path'] ?? id, id);
  }
  await writeFile(file, JSON.stringify(template));
  return (path) => {
    const id = ids.get(`Waybill/${path}/Resource`);
    if (id === undefined) throw new Error(`The template has no construct ${path}`);
    return id;
  };
}

function describe(child: ChildCloud, idOf: (path: string) => string, stop: () => Promise<void>): QuietCloud {
  const named = (names: Readonly<Record<string, string>>, path: string): string => names[idOf(path)] ?? '';
  const secret = (name: string): string =>
    JSON.parse(named(child.secrets, `Secrets/${name}`)).current as string;
  const secrets = {
    jwt: secret('Jwt'),
    read: secret('Read'),
    update: secret('Update'),
    master: secret('Master'),
  };
  const { endpoints, credentials, tables, queues, functions, buckets } = child;
  const agent = new Agent({ keepAlive: true });
  const lines = child.lines as string[];
  return {
    url: child.url,
    endpoints,
    credentials,
    tables: {
      jobs: named(tables, 'Jobs/Table'),
      submissions: named(tables, 'SubmissionsTable/Table'),
      deliveries: named(tables, 'DeliveriesTable/Table'),
      queue: named(tables, 'QueueTable/Table'),
    },
    queues: {
      jobs: named(queues, 'JobsQueue/Queue'),
      webhooks: named(queues, 'WebhooksQueue/Queue'),
      submissions: named(queues, 'SubmissionsQueue/Queue'),
      tally: named(queues, 'TallyQueue/Queue'),
    },
    bucket: named(buckets, 'Files/Bucket'),
    secrets,
    insideNames: [
      ...[tables, queues, functions, secrets].flatMap((names) => Object.values(names)),
      credentials.secretAccessKey,
      ...[endpoints.dynamodb, endpoints.sqs, endpoints.lambda],
    ],
    invoke: (name, event) =>
      invoke(`${endpoints.lambda}/2015-03-31/functions/${named(functions, functionId(name))}/invocations`, {
        agent,
        accessKeyId: credentials.accessKeyId,
        event,
      }),
    takeLog: () => lines.splice(0),
    async stop() {
      agent.destroy();
      await stop();
    },
  };
}

interface Call {
  readonly agent: Agent;
  readonly accessKeyId: string;
  readonly event: unknown;
}

/** As the SDK calls Invoke, without its half a millisecond: the local cloud looks at the key alone. */
async function invoke(url: string, { agent, accessKeyId, event }: Call): Promise<Invoked> {
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/us-east-1/lambda/aws4_request, ` +
    'SignedHeaders=host, Signature=0';
  const { status, headers, text } = await new Promise<{
    status: number;
    headers: IncomingHttpHeaders;
    text: string;
  }>((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers: { authorization } }, async (response) => {
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        text: await textOf(response),
      });
    });
    sent.on('error', reject).end(JSON.stringify(event));
  });
  if (status === 413) return { tooLarge: true };
  if (status !== 200) throw new Error(`Invoke answered ${status}: ${text}`);
  const value = JSON.parse(text);
  return headers['x-amz-function-error'] === undefined ? { value } : { thrown: value };
}
