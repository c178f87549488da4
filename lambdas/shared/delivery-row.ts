import { gunzipSync, gzipSync } from 'node:zlib';
import { DELIVERIES_INDEXES } from '../../lib/bindings.ts';
import { type Delivery, dueShard } from '../../lib/domain/delivery.ts';

const { due } = DELIVERIES_INDEXES;

/** A status with hundreds of results is larger than the 400 KB that an item holds, and mostly repetition. */
const COMPRESS_FROM_BYTES = 64 * 1024;

/** A row in the index of due deliveries has its shard, and no other row has one. */
export function toRow({ payload, ...row }: Delivery): Record<string, unknown> {
  return {
    ...row,
    ...(row.state === 'pending' && { [due.partition]: dueShard(row.event_id) }),
    ...(Buffer.byteLength(payload) < COMPRESS_FROM_BYTES ? { payload } : { payload_gzip: gzipSync(payload) }),
  };
}

export function fromRow({ payload_gzip, ...row }: Record<string, unknown>): Delivery {
  const { [due.partition]: _shard, held_by: _by, held_until: _until, ...delivery } = row;
  return payload_gzip === undefined
    ? (delivery as unknown as Delivery)
    : ({
        ...delivery,
        payload: gunzipSync(payload_gzip as Uint8Array).toString('utf8'),
      } as unknown as Delivery);
}
