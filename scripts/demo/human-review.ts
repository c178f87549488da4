import { call } from './http-api-client.ts';
import { expectThat, type Scene, type Stage, statusUrl, submit, userHeaders } from './stage.ts';

/** A job that somebody else does, and reports. */
export const humanReviewScene = (stage: Stage): Scene => ({
  title: 'External worker',
  async run() {
    const { body } = await submit(stage, {
      template_id: 'human-review',
      fields: { title: 'Is the ledger worth reading?' },
    });
    const url = statusUrl(stage, body.assembly_id);
    const update = (change: object) =>
      call(`${url}/status`, { headers: { 'x-webhook-secret': stage.local.update_secret }, body: change });
    await update({ status: 'processing', progress: 50, progress_message: 'Reading' });
    await update({ status: 'completed', result: { verdict: 'yes' } });
    const end = await call(url, { headers: userHeaders(stage) });
    expectThat(end.statusCode === 200 && end.body.status === 'completed', 'the end that the worker reported');
    return 'human-review moved to completed with the update secret';
  },
});
