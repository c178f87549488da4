import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOCAL_BUNDLES } from '../../scripts/build.ts';
import { type LocalCloudOptions, startLocalCloud } from '../../scripts/local-cloud/start-local-cloud.ts';
import { synthesize } from '../../scripts/synth.ts';
import { captureLine, noteSignature } from '../captured-logs.ts';
import type { JsonObject } from './openapi-file.ts';

type Template = {
  Resources: Record<string, { Type: string; Properties: JsonObject; Metadata?: JsonObject }>;
};

const ofType = ({ Resources }: Template, type: string): { Properties: JsonObject; Metadata?: JsonObject }[] =>
  Object.values(Resources).filter(({ Type }) => Type === type);

/** Every call that a function makes of AWS is answered with 500. */
const failingAws: Partial<LocalCloudOptions> = {
  faults: { awsCallRate: 1, random: () => 0, kinds: ['serverError'] },
};

/** No function may read a secret, or an item: AWS itself would refuse to deploy one that may not read its queue. */
function withoutGrants(template: Template): void {
  const isTaken = (action: string): boolean => /^secretsmanager:|^dynamodb:\w+Item$/.test(action);
  for (const { Properties } of ofType(template, 'AWS::IAM::Policy')) {
    const statements: JsonObject[] = Properties.PolicyDocument.Statement;
    Properties.PolicyDocument.Statement = statements
      .map((each) => ({ ...each, Action: [each.Action].flat().filter((action) => !isTaken(action)) }))
      .filter(({ Action }) => Action.length > 0);
  }
}

/** In place of every function. */
const CRASHING = "export const handler = async () => { throw new Error('Crashed'); };";
const SILENT = 'export const handler = () => new Promise((resolve) => setTimeout(resolve, 2_000));';

async function withFunction(code: string, template: Template, folder: string): Promise<void> {
  const bundle = await mkdtemp(join(folder, 'bundle-'));
  await writeFile(join(bundle, 'handler.mjs'), code);
  for (const { Metadata } of ofType(template, 'AWS::Lambda::Function'))
    if (Metadata) Metadata['aws:asset:path'] = bundle;
}

/** The gateway waits for a moment only. */
async function withSilentFunctions(template: Template, folder: string): Promise<void> {
  await withFunction(SILENT, template, folder);
  for (const { Properties } of ofType(template, 'AWS::ApiGatewayV2::Integration'))
    Properties.TimeoutInMillis = 100;
}

/** The gateway lets one request through, and the next one in a quarter of an hour. */
function narrow(template: Template): void {
  for (const { Properties } of ofType(template, 'AWS::ApiGatewayV2::Stage'))
    Properties.DefaultRouteSettings = { ThrottlingBurstLimit: 1, ThrottlingRateLimit: 0.001 };
}

/** Users belong to tenants, which each request has to name. */
function withTenants(template: Template): void {
  for (const { Properties } of ofType(template, 'AWS::Lambda::Function')) {
    const { Variables = {} } = Properties.Environment ?? {};
    for (const name of ['TENANTS', 'SITE_ID_REQUIRED']) if (name in Variables) Variables[name] = 'true';
  }
}

/** Each owner may do so much. */
const limited = (perMinute: number, open: number) => (template: Template) => {
  for (const { Properties } of ofType(template, 'AWS::Lambda::Function')) {
    const { Variables = {} } = Properties.Environment ?? {};
    if ('OWNER_OPEN_ASSEMBLIES' in Variables)
      Object.assign(Variables, {
        OWNER_SUBMISSIONS_PER_MINUTE: String(perMinute),
        OWNER_OPEN_ASSEMBLIES: String(open),
      });
  }
};

/** Deployments of Waybill's own template: as it should be, and broken, each in its way. */
const KINDS = {
  sound: { change: () => {}, options: {} },
  failingAws: { change: () => {}, options: failingAws },
  withoutGrants: { change: withoutGrants, options: {} },
  crashing: {
    change: (template: Template, folder: string) => withFunction(CRASHING, template, folder),
    options: {},
  },
  silent: { change: withSilentFunctions, options: {} },
  withTenants: { change: withTenants, options: {} },
  narrow: { change: narrow, options: {} },
  oneAMinute: { change: limited(1, 0), options: {} },
  oneOpen: { change: limited(0, 1), options: {} },
};

export interface BrokenCloud {
  readonly url: string;
  /** The current value of the secret whose construct has that name. */
  secretOf(name: 'Jwt' | 'Master'): string;
  stop(): Promise<void>;
}

/** The template is made once: that takes longer than all that is done with it. */
export class BrokenClouds {
  private readonly template: Template;
  private readonly folder: string;

  private constructor(template: Template, folder: string) {
    this.template = template;
    this.folder = folder;
  }

  static async prepare(): Promise<BrokenClouds> {
    const folder = await mkdtemp(join(tmpdir(), 'waybill-contract-'));
    const settings = { bundles: LOCAL_BUNDLES, jwtIssuer: 'waybill', jwtAudience: 'waybill' };
    return new BrokenClouds(JSON.parse(await readFile(await synthesize(folder, settings), 'utf8')), folder);
  }

  /** @param more such as faults of a test's own */
  async start(kind: keyof typeof KINDS, more: Partial<LocalCloudOptions> = {}): Promise<BrokenCloud> {
    const template = structuredClone(this.template);
    const { change, options } = KINDS[kind];
    await change(template, this.folder);
    // Beside the original, where the bundles are.
    const templateFile = join(this.folder, `${kind}.template.json`);
    await writeFile(templateFile, JSON.stringify(template));
    const log = (line: string): void => captureLine(`cloud ${kind}`, line);
    const cloud = await startLocalCloud({ templateFile, log, ...options, ...more });
    for (const secret of cloud.everySecret()) noteSignature(secret);
    return {
      url: cloud.url,
      secretOf(name) {
        const id = Object.keys(template.Resources).find((each) => each.startsWith(`Secrets${name}`)) ?? '';
        return JSON.parse(cloud.secretValue(id)).current;
      },
      stop: () => cloud.stop(),
    };
  }

  /** `GET /health` and the other routes that would be deployed. */
  get routes(): string[] {
    return ofType(this.template, 'AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties.RouteKey);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }
}
