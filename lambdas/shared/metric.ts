import { METRIC_DIMENSIONS, METRIC_NAMESPACE, METRICS, type MetricName } from '../../lib/bindings.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';

type Definitions = typeof METRICS;

/** A value of a metric, and of its dimension where it has one. */
export type Measured = {
  [Name in MetricName]: { readonly name: Name; readonly value: number } & (Definitions[Name] extends {
    readonly values: readonly (infer Value)[];
  }
    ? { readonly by: Value }
    : Definitions[Name] extends { readonly valuesFrom: 'templates' }
      ? { readonly by: Assembly['template_id'] }
      : { readonly by?: undefined });
}[MetricName];

/**
 * Gives CloudWatch what was measured at one event through one line of the log, in its embedded metric format: no call to wait
 * for or to pay. Straight to stdout, as the logger does: `console.log` on Lambda puts a time and a request id before the JSON.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function logMetrics(...measured: readonly Measured[]): void {
  if (measured.length === 0) return;
  const line = {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: measured.map(({ name }) => ({
        Namespace: METRIC_NAMESPACE,
        Dimensions: [[...Object.keys(METRIC_DIMENSIONS), ...dimensionOf(name)]],
        Metrics: [{ Name: name, Unit: METRICS[name].unit }],
      })),
    },
    ...METRIC_DIMENSIONS,
    ...Object.fromEntries(
      measured.flatMap(({ name, value, by }) => [
        [name, value],
        ...dimensionOf(name).map((dimension) => [dimension, by]),
      ]),
    ),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function dimensionOf(name: MetricName): readonly string[] {
  const metric = METRICS[name];
  return 'by' in metric ? [metric.by] : [];
}
