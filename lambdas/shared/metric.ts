import { METRIC_DIMENSIONS, METRIC_NAMESPACE, type MetricName } from '../../lib/bindings.ts';

/**
 * Gives CloudWatch a value through the log, in its embedded metric format: no call to wait for or to pay.
 * Straight to stdout, as the logger does: `console.log` on Lambda puts a time and a request id before the JSON.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function logMetric(name: MetricName, value: number, unit: 'Count' | 'Seconds'): void {
  const line = {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: METRIC_NAMESPACE,
          Dimensions: [Object.keys(METRIC_DIMENSIONS)],
          Metrics: [{ Name: name, Unit: unit }],
        },
      ],
    },
    ...METRIC_DIMENSIONS,
    [name]: value,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
