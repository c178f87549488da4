import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { ENV, FUNCTIONS, type FunctionName, functionId } from '../lib/bindings.ts';
import { ownerText } from '../lib/domain/owner.ts';
import { deriveSecret, ownerWebhookSecret } from '../lib/domain/signature.ts';
import { bindSecretsToTenant } from './bind-secrets-to-tenant.ts';
import { buildLambdas, LOCAL_BUNDLES } from './build.ts';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from './local-cloud/start-local-cloud.ts';
import { synthesize } from './synth.ts';

/** What a program needs to use a Waybill that runs locally: the content of .waybill/local.json. */
export interface LocalWaybill {
  readonly url: string;
  /** A token of `user-1`, good for a day. */
  readonly token: string;
  /** The tenant of `user-1` and of the secrets of machines, where tenants are on. */
  readonly tenant?: string;
  /** Mints further tokens: HS256, with `iss`, `aud`, `sub` and `exp`, and with tenants `tenant_id`. */
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
  readonly tables: Readonly<Record<'jobs' | 'submissions' | 'deliveries' | 'queue', string>>;
  /** URLs. */
  readonly queues: Readonly<Record<QueueName, string>>;
  readonly buckets: Readonly<Record<'files', string>>;
}

type QueueName =
  | 'jobs'
  | 'jobs_dead_letters'
  | 'submissions'
  | 'submissions_dead_letters'
  | 'tally'
  | 'tally_dead_letters'
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
  /** A module with templates in place of templates/registry.ts. Its bundles go to a folder of their own, in `.build`. */
  readonly templates?: { readonly registry: string; readonly bundles: string };
  /** What is to go wrong; nothing by default. */
  readonly chaos?: Pick<LocalCloudOptions, 'duplicateMessages' | 'faults'>;
  /** Is told of every call of AWS and every invocation. */
  readonly meter?: LocalCloudOptions['meter'];
  /** Another local cloud has made the bundles already, and may be reading them. */
  readonly isBundled?: boolean;
  /** Told of each phase as it begins. */
  readonly onPhase?: (phase: 'bundle' | 'synthesize' | 'start') => void;
}

/** For programs in which one user is all there are. */
export const UNLIMITED_OWNERS = { ownerSubmissionsPerMinute: 0, ownerOpenAssemblies: 0 } as const;

/** The user whose token is ready. */
export const LOCAL_USER = 'user-1';
/** Whose tenant is this one, where tenants are on. */
const LOCAL_TENANT = 'tenant-1';

/**
 * Settings of the deployment that make sense on one machine: receivers of webhooks run beside it, without TLS. They hold
 * whatever else is said.
 */
export const LOCAL_CONTEXT = {
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
  templates,
  chaos,
  meter,
  isBundled = false,
  onPhase = () => {},
}: LocalWaybillOptions = {}): Promise<RunningWaybill> {
  const bundles = templates?.bundles ?? LOCAL_BUNDLES;
  if (!isBundled) {
    onPhase('bundle');
    await buildLambdas(bundles, templates?.registry);
  }
  const outdir = await mkdtemp(join(tmpdir(), 'waybill-cdk.out-'));
  try {
    onPhase('synthesize');
    const templateFile = await synthesize(outdir, { ...settings, ...LOCAL_CONTEXT, bundles });
    onPhase('start');
    const cloud = await startLocalCloud({ templateFile, port, scheduleSpeed, log, meter, ...chaos });
    const stop = async () => {
      await cloud.stop();
      await rm(outdir, { recursive: true, force: true });
    };
    try {
      return { local: await describe(cloud, await readTemplate(templateFile)), cloud, stop };
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
export const mintToken = (
  { secret, issuer, audience }: LocalWaybill['jwt'],
  user: string,
  tenant?: string,
): Promise<string> =>
  new SignJWT(tenant === undefined ? {} : { tenant_id: tenant })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime('1 day')
    .sign(new TextEncoder().encode(secret));

async function describe(cloud: LocalCloud, { idOf, hasTenants }: Template): Promise<LocalWaybill> {
  const secret = (name: string): string => JSON.parse(cloud.secretValue(idOf(`Secrets/${name}`))).current;
  const queue = (path: string): string => named(cloud.queues, idOf(path));
  const { jwtIssuer: issuer, jwtAudience: audience } = LOCAL_CONTEXT;
  const jwt = { secret: secret('Jwt'), issuer, audience };
  const tenant = hasTenants ? LOCAL_TENANT : undefined;
  const owner = ownerText({ userId: LOCAL_USER, ...(tenant !== undefined && { tenantId: tenant }) });
  const machines = { update_secret: secret('Update'), read_secret: secret('Read') };
  // As they are generated, they are good for no tenant.
  if (tenant !== undefined) await bindSecretsToTenant(cloud, machines, tenant);
  return {
    url: cloud.url,
    token: await mintToken(jwt, LOCAL_USER, tenant),
    ...(tenant !== undefined && { tenant }),
    jwt,
    ...machines,
    webhook_secret: deriveSecret(secret('Master'), ownerWebhookSecret(owner)),
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
      submissions: named(cloud.tables, idOf('SubmissionsTable/Table')),
      deliveries: named(cloud.tables, idOf('DeliveriesTable/Table')),
      queue: named(cloud.tables, idOf('QueueTable/Table')),
    },
    queues: {
      jobs: queue('JobsQueue/Queue'),
      jobs_dead_letters: queue('JobsQueue/DeadLetters'),
      submissions: queue('SubmissionsQueue/Queue'),
      submissions_dead_letters: queue('SubmissionsQueue/DeadLetters'),
      tally: queue('TallyQueue/Queue'),
      tally_dead_letters: queue('TallyQueue/DeadLetters'),
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

interface Template {
  /** The logical id of a construct by its path in the stack, as the template's metadata has it. */
  idOf(path: string): string;
  /** Whatever said so: cdk.json or an option. */
  readonly hasTenants: boolean;
}

interface Resource {
  readonly Metadata?: { readonly 'aws:cdk:path'?: string };
  readonly Properties?: { readonly Environment?: { readonly Variables?: Readonly<Record<string, unknown>> } };
}

async function readTemplate(templateFile: string): Promise<Template> {
  const { Resources } = JSON.parse(await readFile(templateFile, 'utf8')) as {
    readonly Resources: Readonly<Record<string, Resource>>;
  };
  const ids = new Map(
    Object.entries(Resources).map(([id, { Metadata }]) => [Metadata?.['aws:cdk:path'], id]),
  );
  const idOf = (path: string): string => {
    const id = ids.get(`Waybill/${path}/Resource`);
    if (id === undefined) throw new Error(`The template has no construct ${path}`);
    return id;
  };
  const hasTenants = Object.values(Resources).some(
    ({ Properties }) => Properties?.Environment?.Variables?.[ENV.TENANTS] === 'true',
  );
  return { idOf, hasTenants };
}
