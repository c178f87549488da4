import { cpus, totalmem } from 'node:os';
import type { ColdStatus } from './cold-status.ts';
import type { DeployedResources } from './deployed-resources.ts';
import type { EndToEnd } from './end-to-end.ts';
import type { FanOutFigures } from './fan-out.ts';
import type { Growth } from './growth.ts';
import type { LifeOfAJob } from './life-of-a-job.ts';
import type { ListFigures } from './list.ts';
import type { PositionFigures } from './position.ts';
import type { FileReport } from './run-file-job.ts';
import type { WarmStatus } from './warm-status.ts';

export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGb: number;
  readonly node: string;
  /** ISO 8601, the day alone. */
  readonly date: string;
}

/** All that was measured in one run. */
export interface Figures {
  readonly machine: Machine;
  readonly warm: WarmStatus;
  readonly cold: ColdStatus;
  readonly life: LifeOfAJob;
  readonly resources: DeployedResources;
  readonly growth: Growth;
  readonly list: ListFigures;
  readonly fanOut: FanOutFigures;
  readonly position: PositionFigures;
  readonly endToEnd: EndToEnd;
  readonly memory: FileReport;
  readonly csvMemory: FileReport;
}

export const thisMachine = (): Machine => ({
  cores: cpus().length,
  processor: cpus()[0]?.model ?? 'unknown',
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  date: new Date().toISOString().slice(0, 10),
});
