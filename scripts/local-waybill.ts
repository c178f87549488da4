import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { FUNCTIONS, type FunctionName, functionId } from '../lib/bindings.ts';
import { deriveSecret, ownerWebhookSecret } from '../lib/domain/signature.ts';
import { buildLambdas, LOCAL_BUNDLES } from './build.ts';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from './local-cloud/start-local-cloud.ts';
import { synthesize } from './synth.ts';

/** What a program needs to use a Waybill that runs locally: the content of .waybill/local.json. */
export interface LocalWaybill {
  readonly url: string;
  /** A token of `user-1`, good for a day. */
  readonly token: string;
  /** Mints further tokens: HS256, with `iss`, `aud`, `sub` and `exp`. */
  readonly jwt: { readonly secret: string; readonly issuer: string; readonly audience: string };
  readonly update_secret: string;
  readonly read_secret: string;
  /** Verifies the webhooks of `user-1`'s assemblies. */
  readonly webhook_secret: string;
  readonly lambda_endpoint: string;
  readonly dynamodb_endpoint: string;
  readonly sqs_endpoint: string;
  readonly s3_endpoint: string;
  /** For SDK clients of the local endpoints; they may do everything. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly functions: Readonly<Record<FunctionName, string>>;
  readonly tables: Readonly<Record<'jobs' | 'deliveries', string>>;
  /** URLs. */
  readonly queues: Readonly<Record<QueueName, string>>;
  readonly buckets: Readonly<Record<'files', string>>;
}

type QueueName =
  | 'jobs'
  | 'jobs_dead_letters'
  | 'webhooks'
  | 'webhooks_dead_letters'
  | 'uploads'
  | 'uploads_dead_letters';

export interface RunningWaybill {
  readonly local: LocalWaybill;
  readonly cloud: LocalCloud;
  stop(): Promise<void>;
}

export interface LocalWaybillOptions {
  readonly port?: number;
  /** How many times faster than time itself schedules run. */
  readonly scheduleSpeed?: number;
  /** Lines that the functions log, and warnings. */
  readonly log?: (line: string) => void;
  /** Settings of the deployment other than those of `npm start`, by the names of lib/settings.ts. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What is to go wrong; nothing by default. */
  readonly chaos?: Pick<LocalCloudOptions, 'duplicateMessages' | 'faults'>;
  /** Is told of every call of AWS and every invocation. */
  readonly meter?: LocalCloudOptions['meter'];
  /** Told of each phase as it begins. */
  readonly onPhase?: (phase: 'bundle' | 'synthesize' | 'start') => void;
}

/** The user whose token is ready. */
export const LOCAL_USER = 'user-1';

/** Settings of the deployment that make sense on one machine: receivers of webhooks run beside it, without TLS. */
const LOCAL_CONTEXT = {
  bundles: LOCAL_BUNDLES,
  webhookAllowHttp: true,
  webhookAllowedCidrs: '127.0.0.0/8',
  jwtIssuer: 'waybill',
  jwtAudience: 'waybill',
};

/**
 * Bundles the functions, synthesizes the CDK app and runs the template on the local cloud.
 * @throws Error that says which phase failed and what to do
 */
export async function startLocalWaybill({
  port,
  scheduleSpeed,
  log,
  settings = {},
  chaos,
  meter,
  onPhase = () => {},
}: LocalWaybillOptions = {}): Promise<RunningWaybill> {
  onPhase('bundle');
  await buildLambdas(LOCAL_BUNDLES);
  const outdir = await mkdtemp(join(tmpdir(), 'waybill-cdk.out-'));
  try {
    onPhase('synthesize');
    const templateFile = await synthesize(outdir, { ...settings, ...LOCAL_CONTEXT });
    onPhase('start');
    const cloud = await startLocalCloud({ templateFile, port, scheduleSpeed, log, meter, ...chaos });
    const stop = async () => {
      await cloud.stop();
      await rm(outdir, { recursive: true, force: true });
    };
    try {
      return { local: await describe(cloud, await constructPaths(templateFile)), cloud, stop };
    } catch (error) {
      await stop();
      throw error;
    }
  } catch (error) {
    await rm(outdir, { recursive: true, force: true });
    throw error;
  }
}

/** A token for any user, signed as the deployment expects it. */
export const mintToken = ({ secret, issuer, audience }: LocalWaybill['jwt'], user: string): Promise<string> =>
  new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime('1 day')
    .sign(new TextEncoder().encode(secret));

async function describe(cloud: LocalCloud, idOf: (path: string) => string): Promise<LocalWaybill> {
  const secret = (name: string): string => JSON.parse(cloud.secretValue(idOf(`Secrets/${name}`))).current;
  const queue = (path: string): string => named(cloud.queues, idOf(path));
  const { jwtIssuer: issuer, jwtAudience: audience } = LOCAL_CONTEXT;
  const jwt = { secret: secret('Jwt'), issuer, audience };
  return {
    url: cloud.url,
    token: await mintToken(jwt, LOCAL_USER),
    jwt,
    update_secret: secret('Update'),
    read_secret: secret('Read'),
    webhook_secret: deriveSecret(secret('Master'), ownerWebhookSecret(LOCAL_USER)),
    lambda_endpoint: cloud.endpoints.lambda,
    dynamodb_endpoint: cloud.endpoints.dynamodb,
    sqs_endpoint: cloud.endpoints.sqs,
    s3_endpoint: cloud.endpoints.s3,
    credentials: cloud.credentials,
    functions: Object.fromEntries(
      FUNCTIONS.map((name) => [name, named(cloud.functions, idOf(functionId(name)))]),
    ) as Record<FunctionName, string>,
    tables: {
      jobs: named(cloud.tables, idOf('Jobs/Table')),
      deliveries: named(cloud.tables, idOf('DeliveriesTable/Table')),
    },
    queues: {
      jobs: queue('JobsQueue/Queue'),
      jobs_dead_letters: queue('JobsQueue/DeadLetters'),
      webhooks: queue('WebhooksQueue/Queue'),
      webhooks_dead_letters: queue('WebhooksQueue/DeadLetters'),
      uploads: queue('UploadsQueue/Queue'),
      uploads_dead_letters: queue('UploadsQueue/DeadLetters'),
    },
    buckets: { files: named(cloud.buckets, idOf('Files/Bucket')) },
  };
}

function named(names: Readonly<Record<string, string>>, logicalId: string): string {
  const name = names[logicalId];
  if (name === undefined) throw new Error(`The local cloud does not run ${logicalId}`);
  return name;
}

/** The logical id of a construct by its path in the stack, as the template's metadata has it. */
async function constructPaths(templateFile: string): Promise<(path: string) => string> {
  const { Resources } = JSON.parse(await readFile(templateFile, 'utf8')) as {
    Resources: Record<string, { Metadata?: { 'aws:cdk:path'?: string } }>;
  };
  const ids = new Map(
    Object.entries(Resources).map(([id, { Metadata }]) => [Metadata?.['aws:cdk:path'], id]),
  );
  return (path) => {
    const id = ids.get(`Waybill/${path}/Resource`);
    if (id === undefined) throw new Error(`The template has no construct ${path}`);
    return id;
  };
}
