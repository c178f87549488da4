import { endCapture } from './captured-logs.ts';
import { running } from './local-cloud.ts';
import { verdictOnLogs } from './verdict-on-logs.ts';

/** What jest tells of a run. */
interface Run {
  readonly testPathPatterns: { readonly patterns: readonly string[] };
  readonly testNamePattern?: string;
  readonly shard?: unknown;
  readonly onlyChanged: boolean;
  readonly onlyFailures: boolean;
}

/** Stops the local cloud, and looks through all that was logged since its start. An error here fails the run. */
export default async function teardown(run: Run): Promise<void> {
  const { waybill } = running;
  await waybill?.stop();
  const verdict = verdictOnLogs(endCapture(), {
    secrets: waybill?.cloud.everySecret() ?? [],
    functions: waybill?.local.functions ?? {},
    isWhole: isWhole(run),
  });
  if (verdict) throw new Error(verdict);
}

const isWhole = ({ testPathPatterns, testNamePattern, shard, onlyChanged, onlyFailures }: Run): boolean =>
  testPathPatterns.patterns.length === 0 && !testNamePattern && !shard && !onlyChanged && !onlyFailures;
