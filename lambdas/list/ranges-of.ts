import { statusesOf, wantsDelayed } from '../../lib/domain/job-state.ts';
import {
  FIRST_POSITION,
  ID_SHARDS,
  justBefore,
  LAST_POSITION,
  ownerKey,
  ownerReferenceKey,
  ownerStatusKey,
  templateShardKey,
} from '../../lib/domain/list-keys.ts';
import type { Owner } from '../../lib/domain/owner.ts';
import type { IndexRange } from '../shared/assembly-index.ts';
import type { ListFilter } from './list-query.ts';

export interface RangesQuery {
  readonly reader: Owner;
  readonly allOwners: boolean;
  readonly filter: ListFilter;
  /** The place after which it goes on. */
  readonly after?: string;
}

export interface Ranges {
  readonly ranges: readonly IndexRange[];
  /** The index knows nothing of the status: it has to be looked at in every assembly. */
  readonly statusUnknown: boolean;
}

/** The parts of an index that hold the list, and as little beside it as there is an index for. */
export function rangesOf({ reader, allOwners, filter, after }: RangesQuery, now: Date): Ranges {
  const { status, templateId, reference, from, to } = filter;
  const upper = to?.toISOString() ?? LAST_POSITION;
  const last = after === undefined ? LAST_POSITION : justBefore(after);
  // A place begins with its time and goes on: the time alone comes before all of its places.
  const between = { low: from?.toISOString() ?? FIRST_POSITION, high: upper < last ? upper : last };
  const owner = { tenant_id: reader.tenantId, user_id: reader.userId };
  const where = templateId === undefined ? {} : { templateId };

  if (allOwners && templateId !== undefined) {
    const template = { tenant_id: reader.tenantId, template_id: templateId };
    const ranges = ID_SHARDS.map(
      (shard): IndexRange => ({
        index: 'byTemplate',
        partition: templateShardKey(template, shard),
        ...between,
      }),
    );
    return { ranges, statusUnknown: status !== undefined };
  }
  if (reference !== undefined) {
    const partition = ownerReferenceKey(owner, reference);
    return {
      ranges: [{ index: 'byReference', partition, ...between, where }],
      statusUnknown: status !== undefined,
    };
  }
  if (status === undefined)
    return {
      ranges: [{ index: 'byOwner', partition: ownerKey(owner), ...between, where }],
      statusUnknown: false,
    };
  const delayed = wantsDelayed(status);
  const ranges = statusesOf(status).map(
    (each): IndexRange => ({
      index: 'byOwnerStatus',
      partition: ownerStatusKey(owner, each),
      ...between,
      where: { ...where, ...(delayed !== undefined && { delayed: { is: delayed, at: now } }) },
    }),
  );
  return { ranges, statusUnknown: false };
}
