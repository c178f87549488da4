import document from '../../docs/openapi.json' with { type: 'json' };
import { httpHandler } from '../shared/http-handler.ts';
import { StaticFile } from '../shared/static-file.ts';

const file = new StaticFile(JSON.stringify(document), 'application/json');

/** GET /openapi.json: the committed document, which a test holds to the schemas. No schema is loaded for it. */
export const handler = httpHandler(async ({ headers }) => file.answer(headers));
