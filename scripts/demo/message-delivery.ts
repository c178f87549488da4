import { inventedRecipients } from './delivery/invented-recipients.ts';
import { MESSAGE } from './delivery/message.ts';
import { takenOnce } from './delivery/taken-once.ts';
import { call } from './http-api-client.ts';
import { expectThat, pollToEnd, type Scene, type Stage, statusUrl, submit, userHeaders } from './stage.ts';

/** Of these, the last is refused. "npm run demo -- delivery" plays more, and takes longer. */
const RECIPIENTS = 4;

/** One job, many recipients, each with a status of its own. */
export const messageDeliveryScene = (stage: Stage): Scene => ({
  title: 'message-delivery',
  async run() {
    const { body } = await submit(stage, {
      template_id: 'message-delivery',
      fields: { ...MESSAGE, recipients: inventedRecipients(RECIPIENTS) },
    });
    const id = body.assembly_id;
    const { end } = await pollToEnd(stage, id);
    expectThat(end.status === 'partial', `the end to be partial, not ${end.status}`);
    const reached = takenOnce(stage.messages, id);
    const asked = stage.messages.requests.length;
    stage.messages.open();
    await call(`${statusUrl(stage, id)}/retry?attempt=1`, { headers: userHeaders(stage), body: {} });
    const { end: second } = await pollToEnd(stage, id);
    expectThat(second.status === 'completed', `the second end to be completed, not ${second.status}`);
    expectThat(takenOnce(stage.messages, id) === RECIPIENTS, 'everybody to have the message once');
    const again = stage.messages.requests.length - asked;
    expectThat(again === RECIPIENTS - reached, 'the retry to leave out who has the message');
    return `${reached} of ${RECIPIENTS} recipients reached, the retry sent to the other ${again} alone`;
  },
});
