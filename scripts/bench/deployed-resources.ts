import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dimensionValues, METRICS, type MetricName } from '../../lib/bindings.ts';
import { templates } from '../../templates/registry.ts';
import { LOCAL_BUNDLES } from '../build.ts';
import { synthesize } from '../synth.ts';

/** What the template has that costs something while nothing happens. */
export interface DeployedResources {
  readonly alarmMetrics: number;
  /** Of ours: each with every value of its dimension, as if all of them came in every hour, by which they are billed. */
  readonly customMetrics: number;
  readonly dashboards: number;
  readonly secrets: number;
  /** Queues that Lambda polls. */
  readonly polledQueues: number;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** Of the deployment with the settings of cdk.json. */
export async function deployedResources(): Promise<DeployedResources> {
  const outdir = await mkdtemp(join(tmpdir(), 'waybill-cdk.out-'));
  try {
    const file = await synthesize(outdir, { bundles: LOCAL_BUNDLES });
    return countResources(JSON.parse(await readFile(file, 'utf8')));
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}

export function countResources({ Resources }: Template): DeployedResources {
  const all = (type: string) => Object.values(Resources).filter(({ Type }) => Type === type);
  return {
    alarmMetrics: all('AWS::CloudWatch::Alarm').reduce((sum, alarm) => sum + watchedBy(alarm), 0),
    customMetrics: OUR_METRICS,
    dashboards: all('AWS::CloudWatch::Dashboard').length,
    secrets: all('AWS::SecretsManager::Secret').length,
    polledQueues: all('AWS::Lambda::EventSourceMapping').filter((mapping) => isQueue(mapping, Resources))
      .length,
  };
}

const OUR_METRICS = (Object.keys(METRICS) as MetricName[]).reduce(
  (sum, name) => sum + dimensionValues(name, templates.keys()).length,
  0,
);

/** An alarm watches one metric, or those that an expression is made of. */
function watchedBy({ Properties: { Metrics } = {} }: Resource): number {
  return Array.isArray(Metrics) ? Metrics.filter((metric: object) => 'MetricStat' in metric).length : 1;
}

function isQueue({ Properties = {} }: Resource, Resources: Template['Resources']): boolean {
  const arn = Properties.EventSourceArn as { 'Fn::GetAtt'?: readonly [string, string] } | undefined;
  return Resources[arn?.['Fn::GetAtt']?.[0] ?? '']?.Type === 'AWS::SQS::Queue';
}
