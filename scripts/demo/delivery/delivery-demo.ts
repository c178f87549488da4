import { setTimeout } from 'node:timers/promises';
import { startLocalWaybill } from '../../local-waybill.ts';
import { call } from '../http-api-client.ts';
import { expectThat, statusUrl, submit, userHeaders } from '../stage.ts';
import { DeliveryDisplay } from './delivery-display.ts';
import { countsText } from './delivery-lines.ts';
import { DeliveryReader, type DeliveryView } from './delivery-view.ts';
import { inventedRecipients } from './invented-recipients.ts';
import { MESSAGE } from './message.ts';
import { takenOnce } from './taken-once.ts';
import { startTroubledReceiver, type TroubledReceiver } from './troubled-receiver.ts';

export interface DeliveryOptions {
  readonly recipients: number;
  /** Whether a receiver does not answer at first. */
  readonly hang: boolean;
  readonly verbose: boolean;
}

/** Slow enough to be watched; of thousands, the rate limit of the template is what takes the time. */
const THINK_MS = { few: 600, many: 20 };
const MANY = 100;
/** A user would wait as long as Retry-After says. */
const POLL_EVERY_MS = 100;

/** One message to many recipients on a bad day of its receiver, and again to those that were not reached. */
export async function deliveryDemo(options: DeliveryOptions): Promise<void> {
  const thinkMs = options.recipients < MANY ? THINK_MS.few : THINK_MS.many;
  const receiver = await startTroubledReceiver(thinkMs, options.hang);
  try {
    await playDelivery(receiver, options);
  } finally {
    receiver.stop();
  }
}

async function playDelivery(
  receiver: TroubledReceiver,
  { recipients: count, verbose }: DeliveryOptions,
): Promise<void> {
  console.log('› Bundle, synthesize, start');
  const { local, stop } = await startLocalWaybill({
    log: verbose ? (line) => console.error(line) : undefined,
    settings: { templateConfig: { 'message-delivery': { urls: receiver.urls } }, retryBaseSeconds: 1 },
  });
  const display = new DeliveryDisplay(process.stdout, receiver.requests);
  process.once('SIGINT', () => {
    display.end();
    void stop().finally(() => process.exit(130));
  });
  try {
    const stage = { local };
    const fields = { ...MESSAGE, recipients: inventedRecipients(count) };
    const { statusCode, body } = await submit(stage, { template_id: 'message-delivery', fields });
    const { assembly_id } = body;
    const url = statusUrl(stage, assembly_id);
    const reader = new DeliveryReader(url, userHeaders(stage));
    console.log(`› POST /assemblies with ${count} recipients: ${statusCode}, ${body.status}\n`);
    const first = await watch(reader, display);
    await checkEnd(first, reader, receiver);

    receiver.open();
    const askedBefore = receiver.requests.length;
    const again = await call(`${url}/retry?attempt=1`, { headers: userHeaders(stage), body: {} });
    console.log(
      `› The receiver opens. POST /assemblies/{id}/retry: ${again.statusCode}, ${again.body.status}\n`,
    );
    const second = await watch(reader, display);
    await checkEnd(second, reader, receiver);

    const asked = receiver.requests.slice(askedBefore).map((request) => request.body.submission_id);
    const missed = count - first.submission_counts.submitted;
    expectThat(new Set(asked).size === missed, 'the retry to send to those alone that were not reached');
    console.log(`✓ the retry sent to the ${missed} that were not reached, and to nobody else`);
    expectThat(second.status === 'completed', `the second end to be completed, not ${second.status}`);
    expectThat(takenOnce(receiver, assembly_id) === count, 'everybody to have the message');
    console.log(`✓ ${receiver.requests.length} requests, ${count} messages: everybody has it once`);
  } finally {
    display.end();
    await stop();
  }
}

async function watch(reader: DeliveryReader, display: DeliveryDisplay): Promise<DeliveryView> {
  for (;;) {
    const view = await reader.read(display.rows);
    display.show(view);
    if (view.statusCode === 200) {
      display.end();
      return view;
    }
    await setTimeout(POLL_EVERY_MS);
  }
}

/** Says how it ended, and that each submission has the receiver's own confirmation. */
async function checkEnd(
  view: DeliveryView,
  reader: DeliveryReader,
  receiver: TroubledReceiver,
): Promise<void> {
  console.log(`\n  attempt ${view.attempt} ended as ${view.status}: ${countsText(view)}\n`);
  const confirmations = new Set([...receiver.taken.values()].map(({ confirmation }) => confirmation));
  const submissions = await reader.all();
  expectThat(submissions.length === view.submission_count, 'a submission for each recipient');
  const submitted = submissions.filter(({ status }) => status === 'submitted');
  expectThat(
    submitted.length === view.submission_counts.submitted &&
      submitted.every(({ confirmation }) => confirmations.has(confirmation ?? '')),
    'the confirmation of the receiver for each that was submitted',
  );
}
