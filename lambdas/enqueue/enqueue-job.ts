import { createHash } from 'node:crypto';
import { ownerOf } from '../../lib/domain/assembly.ts';
import { becameQueued, type JobMessage } from '../../lib/domain/events.ts';
import type { MessageQueue } from '../shared/message-queue.ts';
import type { AssemblyWritten } from '../shared/stream-consumer.ts';

/** Sends the message for a worker when an assembly became queued. Sent twice it does no harm: one of them wins the claim. */
export async function enqueueJob(
  { before, after }: AssemblyWritten,
  { jobs }: { readonly jobs: Pick<MessageQueue<JobMessage>, 'send'> },
): Promise<void> {
  if (after.external || !becameQueued(before, after)) return;
  const { assembly_id, attempt, claim } = after;
  await jobs.send({ assembly_id, attempt, claim }, { group: groupOf(ownerOf(after)) });
}

/** A group id may hold few characters and shows in logs: a hash of the owner does both justice. */
const groupOf = (owner: string): string => createHash('sha256').update(owner).digest('hex').slice(0, 32);
