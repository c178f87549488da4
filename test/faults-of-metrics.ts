import {
  dimensionValues,
  METRIC_DIMENSIONS,
  METRIC_NAMESPACE,
  METRICS,
  type MetricName,
} from '../lib/bindings.ts';
import { templates } from '../templates/registry.ts';
import { FORMER_TEMPLATE } from './former-template.ts';

interface Directive {
  readonly Namespace: unknown;
  readonly Dimensions: unknown;
  readonly Metrics: unknown;
}

/**
 * What is wrong with a line of metrics: what CloudWatch takes, and of it only what we have agreed on.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function faultsOfMetrics(line: Record<string, unknown>): string[] {
  const { _aws, ...members } = line;
  const { Timestamp, CloudWatchMetrics } = (_aws ?? {}) as Record<string, unknown>;
  if (!Number.isSafeInteger(Timestamp)) return ['has no Timestamp in milliseconds'];
  if (!Array.isArray(CloudWatchMetrics) || CloudWatchMetrics.length === 0)
    return ['has no CloudWatchMetrics'];
  const allowed = new Set(Object.keys(METRIC_DIMENSIONS));
  const faults = (CloudWatchMetrics as Directive[]).flatMap(({ Namespace, Dimensions, Metrics }) => {
    if (Namespace !== METRIC_NAMESPACE) return ['is not of our namespace'];
    if (!Array.isArray(Metrics) || Metrics.length < 1 || Metrics.length > 100)
      return ['has no 1 to 100 metrics'];
    return Metrics.flatMap(({ Name, Unit }: { readonly Name: string; readonly Unit: string }) => {
      allowed.add(Name);
      if (!isMetric(Name)) return [`has the unknown metric ${Name}`];
      const metric = METRICS[Name];
      const by = 'by' in metric ? metric.by : undefined;
      if (by !== undefined) allowed.add(by);
      const dimensions = [[...Object.keys(METRIC_DIMENSIONS), ...(by === undefined ? [] : [by])]];
      const values: readonly unknown[] = dimensionValues(Name, [...templates.keys(), FORMER_TEMPLATE]);
      const value = members[Name];
      return [
        ...(Unit === metric.unit ? [] : [`gives ${Name} in another unit`]),
        ...(JSON.stringify(Dimensions) === JSON.stringify(dimensions)
          ? []
          : [`gives ${Name} other dimensions`]),
        ...(values.includes(by === undefined ? undefined : members[by])
          ? []
          : [`counts ${Name} by a value that is not agreed on`]),
        ...(typeof value === 'number' && Number.isFinite(value) && value >= 0
          ? []
          : [`gives ${Name} no value`]),
      ];
    });
  });
  const stray = Object.keys(members).filter((name) => !allowed.has(name));
  const constants = Object.entries(METRIC_DIMENSIONS).filter(([name, value]) => members[name] !== value);
  return [
    ...faults,
    ...stray.map((name) => `says ${name} beside its metrics`),
    ...constants.map(([name]) => `has another ${name}`),
  ];
}

const isMetric = (name: string): name is MetricName => Object.hasOwn(METRICS, name);
