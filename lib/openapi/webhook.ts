import { schemaRef } from './schemas.ts';

const header = (name: string, description: string, schema: object, example: string): object => ({
  name,
  in: 'header',
  required: true,
  description,
  schema,
  example,
});

/** What is posted to the `webhook_url` of a submission. */
export const assemblyEnded = {
  post: {
    operationId: 'assemblyEnded',
    tags: ['Webhooks'],
    summary: 'An attempt of the assembly has ended',
    description:
      'The status, as GET answers it, in English, with links that hold for 7 days. Every attempt to deliver an event carries ' +
      'the same bytes. An event may come more than once, and a later one may come first: keep the highest (`created_at`, ' +
      '`version`) of each assembly. A direct Lambda call with `triggerWebhook` sends the status of an assembly that still ' +
      'runs, too.',
    security: [],
    parameters: [
      header(
        'webhook-id',
        'The event: the same in every attempt. Do nothing for an id that you have seen.',
        { type: 'string', pattern: '^evt_[0-9a-f]{32}$' },
        'evt_d4d614c1b3cea7e6bb2b7c9a2f23df0d',
      ),
      header(
        'webhook-timestamp',
        'Of this attempt, in seconds since 1970.',
        { type: 'string', pattern: '^\\d+$' },
        '1795301646',
      ),
      header(
        'webhook-signature',
        'Standard Webhooks: `v1,` and the base64 HMAC-SHA-256 of `id.timestamp.body`. The key is what follows `whsec_`, decoded.',
        { type: 'string', pattern: '^v1,[A-Za-z0-9+/]{43}=$' },
        'v1,Dfc6T2lJa0chSEv/Pv38au6dU9JiF2fnYv4kGgEQhe0=',
      ),
      header(
        'x-transflow-signature',
        '`sha256=` and the hex HMAC-SHA-256 of the body. The key is the whole secret, `whsec_` included.',
        { type: 'string', pattern: '^sha256=[0-9a-f]{64}$' },
        'sha256=b48634e8592a18173e1ad3b4c7f7e15f32f384c1cd4222c98b26f9f9951c1860',
      ),
      header('user-agent', 'Who sends it.', { const: 'Waybill-Webhooks/1' }, 'Waybill-Webhooks/1'),
    ],
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: schemaRef('AssemblyStatus'),
          examples: Object.fromEntries(
            ['status_completed', 'status_with_results', 'status_failed', 'status_canceled'].map((name) => [
              name,
              { $ref: `#/components/examples/${name}` },
            ]),
          ),
        },
      },
    },
    responses: {
      '2XX': { description: 'Received; nothing more is sent of this event.' },
      410: { description: 'The receiver is gone: nothing more is sent of this event.' },
      default: {
        description:
          'Another attempt is made later, ten in three days as a rule; a `Retry-After` can stretch the wait to twice its ' +
          'length. So it is after a redirect, which is not followed, and where no complete answer comes within 15 s.',
      },
    },
  },
};
