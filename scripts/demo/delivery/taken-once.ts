import type { MessageReceiver } from './message-receiver.ts';

/**
 * How many recipients of the assembly have their message.
 * @throws Error where one has it twice
 */
export function takenOnce({ taken }: MessageReceiver, assemblyId: string): number {
  const seen = new Set<string>();
  for (const { body } of taken.values()) {
    if (body.assembly_id !== assemblyId) continue;
    if (seen.has(body.submission_id)) throw new Error(`${body.recipient.name} got the message twice`);
    seen.add(body.submission_id);
  }
  return seen.size;
}
