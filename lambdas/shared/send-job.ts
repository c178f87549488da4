import { createHash } from 'node:crypto';
import type { Assembly } from '../../lib/domain/assembly.ts';
import type { JobMessage } from '../../lib/domain/events.ts';
import { ownerOf } from '../../lib/domain/owner.ts';
import { assemblyOwner } from './assembly-change.ts';
import { MAX_DELAY_SECONDS, type MessageQueue } from './message-queue.ts';

/**
 * Sends the message for a worker: the assembly as it stands, at its `next_retry_at` where it has one. Sent twice it does no
 * harm: one of the two wins the claim.
 */
export async function sendJob(
  assembly: Assembly,
  { jobs, now }: { readonly jobs: Pick<MessageQueue<JobMessage>, 'send'>; readonly now: () => Date },
): Promise<void> {
  const { assembly_id, attempt, claim, template_id, next_retry_at } = assembly;
  const delay = next_retry_at === undefined ? 0 : (Date.parse(next_retry_at) - now().getTime()) / 1000;
  await jobs.send(
    { assembly_id, attempt, claim, template_id, owner: assemblyOwner(assembly) },
    {
      group: groupOf(ownerOf(assembly)),
      delaySeconds: Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil(delay))),
    },
  );
}

/** A group id may hold few characters and shows in logs: a hash of the owner does both justice. */
const groupOf = (owner: string): string => createHash('sha256').update(owner).digest('hex').slice(0, 32);
