import type { Health } from '../../lib/domain/health.ts';
import { httpHandler } from '../shared/http-handler.ts';

/** GET /health: that the API and its functions answer; it touches nothing else, so it costs nothing to ask. */
export const handler = httpHandler(async () => {
  const body: Health = { status: 'ok', service: 'waybill' };
  return { statusCode: 200, body };
});
