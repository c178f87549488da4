import { httpHandler } from '../shared/http-handler.ts';

/** GET /health: that the API and its functions answer; it touches nothing else, so it costs nothing to ask. */
export const handler = httpHandler(async () => ({
  statusCode: 200,
  body: { status: 'ok', service: 'waybill' },
}));
