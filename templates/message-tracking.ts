import { defineTemplate } from '../lib/domain/template.ts';
import { MessageFields } from './message-fields.ts';

/**
 * The messages of `message-delivery`, sent by workers of your own: Waybill keeps a submission for each recipient and sends
 * nothing. The workers say what became of each through `POST /assemblies/{id}/status`, as those of seed 000 (CWC) do.
 */
export const messageTracking = defineTemplate({
  id: 'message-tracking',
  external: true,
  fanOut: true,
  fields: MessageFields,
});
