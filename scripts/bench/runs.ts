import { type RunningWaybill, startLocalWaybill, UNLIMITED_OWNERS } from '../local-waybill.ts';
import { type ColdStatus, coldStatus } from './cold-status.ts';
import { type EndToEnd, endToEnd } from './end-to-end.ts';
import { type FanOutFigures, fanOut } from './fan-out.ts';
import { type Growth, growth } from './growth.ts';
import { type LifeOfAJob, lifeOfAJob } from './life-of-a-job.ts';
import { type ListFigures, list } from './list.ts';
import { listSection } from './list-section.ts';
import {
  coldSection,
  endToEndSection,
  fanOutSection,
  growthSection,
  lifeSection,
  positionSection,
  warmSection,
} from './performance-sections.ts';
import { type PositionFigures, position } from './position.ts';
import { type WarmStatus, warmStatus } from './warm-status.ts';

/** One measurement: how it is made, and how it is shown. */
export interface Run<Figures> {
  readonly name: string;
  readonly description: string;
  measure(options: { readonly full?: boolean }): Promise<Figures>;
  show(figures: Figures): string;
}

/** On a local cloud of its own, that nothing else uses. */
const onLocalCloud =
  <Figures>(measure: (waybill: RunningWaybill) => Promise<Figures>) =>
  async (): Promise<Figures> => {
    // One user submits all that is measured.
    const waybill = await startLocalWaybill({ settings: UNLIMITED_OWNERS });
    try {
      return await measure(waybill);
    } finally {
      await waybill.stop();
    }
  };

export const WARM: Run<WarmStatus> = {
  name: 'warm',
  description: 'status requests per second beside a bare read',
  measure: onLocalCloud(warmStatus),
  show: warmSection,
};

export const COLD: Run<ColdStatus> = {
  name: 'cold',
  description: 'the first status of a fresh process beside a bare read',
  measure: onLocalCloud(coldStatus),
  show: coldSection,
};

export const LIFE: Run<LifeOfAJob> = {
  name: 'life',
  description: 'every call and unit of the life of a job',
  measure: lifeOfAJob,
  show: lifeSection,
};

export const GROWTH: Run<Growth> = {
  name: 'growth',
  description: 'units of a status, a submission and a sweep in a table that grows',
  measure: growth,
  show: growthSection,
};

export const LIST: Run<ListFigures> = {
  name: 'list',
  description: 'units of a page of a list, for an owner with ever more jobs',
  measure: list,
  show: listSection,
};

export const FAN_OUT: Run<FanOutFigures> = {
  name: 'fan-out',
  description: 'units, calls and time of a message to many recipients',
  measure: fanOut,
  show: fanOutSection,
};

export const POSITION: Run<PositionFigures> = {
  name: 'position',
  description: 'error and units of the place in lines of 10 to 100,000 jobs: some minutes',
  measure: () => position(),
  show: positionSection,
};

export const END_TO_END: Run<EndToEnd> = {
  name: 'end-to-end',
  description: 'from the submission to the end, beside a bare round trip',
  measure: onLocalCloud(endToEnd),
  show: endToEndSection,
};
