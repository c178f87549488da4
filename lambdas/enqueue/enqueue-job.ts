import { isWorkedHere } from '../../lib/domain/assembly.ts';
import { becameQueued, type JobMessage } from '../../lib/domain/events.ts';
import type { MessageQueue } from '../shared/message-queue.ts';
import { sendJob } from '../shared/send-job.ts';
import type { AssemblyWritten } from '../shared/stream-consumer.ts';

/** Sends the message for a worker when an assembly became queued. */
export async function enqueueJob(
  { before, after }: AssemblyWritten,
  dependencies: { readonly jobs: Pick<MessageQueue<JobMessage>, 'send'>; readonly now: () => Date },
): Promise<void> {
  if (isWorkedHere(after) && becameQueued(before, after)) await sendJob(after, dependencies);
}
