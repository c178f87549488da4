import type { WaybillSettings } from '../settings.ts';
import type { DeliveriesTable } from './deliveries-table.ts';
import type { FilesBucket } from './files-bucket.ts';
import type { JobsTable } from './jobs-table.ts';
import type { QueueTable } from './queue-table.ts';
import type { RateLimitsTable } from './rate-limits-table.ts';
import type { SecretStore } from './secret-store.ts';
import type { SubmissionsTable } from './submissions-table.ts';
import type { WorkQueue } from './work-queue.ts';

/** What the functions of the stack are given, and granted rights to. */
export interface StackParts {
  readonly settings: WaybillSettings;
  readonly jobs: JobsTable;
  readonly submissions: SubmissionsTable;
  readonly deliveries: DeliveriesTable;
  readonly rateLimits: RateLimitsTable;
  readonly queue: QueueTable;
  readonly queues: Readonly<Record<'jobs' | 'submissions' | 'tally' | 'webhooks' | 'uploads', WorkQueue>>;
  readonly files: FilesBucket;
  readonly secrets: SecretStore;
}
