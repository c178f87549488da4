import * as z from 'zod';
import { StepError } from '../lib/domain/assembly-error.ts';
import { defineTemplate, type SendContext } from '../lib/domain/template.ts';
import { MessageFields } from './message-fields.ts';
import { postMessage } from './post-message.ts';

/** How many messages a second each chamber gets, over all assemblies: what its gateway is made for. */
const MESSAGES_PER_SECOND = 50;

/** Without a name and password, which fetch refuses, and which would stand in the template of the stack. */
const receiverUrl = z
  .url()
  .max(2_048)
  .regex(/^https?:\/\/[^\s/?#@]+([/?][^\s#]*)?$/, 'must be an http(s) URL without a name and password');

const Config = z.strictObject({
  /** Where the messages for each chamber go. Whoever deploys says so, and nobody who submits. */
  urls: z.strictObject({ senate: receiverUrl.optional(), house: receiverUrl.optional() }),
});
type Config = z.infer<typeof Config>;

/** One message to many members of a legislature, each by the gateway of its chamber. */
export const messageDelivery = defineTemplate<MessageFields, Config>({
  id: 'message-delivery',
  fields: MessageFields,
  config: Config,
  fanOut: {
    send,
    rateLimit: { perSecond: MESSAGES_PER_SECOND, key: ({ chamber }) => chamber },
  },
});

async function send({ config, fields, recipient, ...context }: SendContext<MessageFields, Config>) {
  const url = config.urls[recipient.chamber];
  if (url === undefined) throw notConfigured(recipient.chamber);
  const { subject, message, sender } = fields;
  return postMessage(
    url,
    {
      assembly_id: context.assemblyId,
      submission_id: context.submissionId,
      recipient,
      subject,
      message,
      ...(sender && { sender }),
    },
    context,
  );
}

/** Not retried: it stays so until somebody deploys. */
const notConfigured = (chamber: string): StepError =>
  new StepError(
    'not_configured',
    'WORKER_ERROR',
    {
      en: `The deployment has no URL for the chamber “${chamber}”.`,
      fr: `Le déploiement n’a pas d’URL pour la chambre « ${chamber} ».`,
    },
    { retryable: false },
  );
