import { readFileSync } from 'node:fs';
import { httpHandler } from '../shared/http-handler.ts';
import { StaticFile } from '../shared/static-file.ts';
import { DOCS_POLICY, docsPage } from './docs-page.ts';

// The build lays it beside the bundle. Compressed, or it would be too close to the 6 MB that Lambda answers at most.
const script = new StaticFile(
  readFileSync(new URL('scalar.js.gz', import.meta.url)),
  'text/javascript; charset=utf-8',
  { 'content-encoding': 'gzip' },
);
const page = new StaticFile(docsPage(script.version), 'text/html; charset=utf-8', {
  'content-security-policy': DOCS_POLICY,
  'referrer-policy': 'no-referrer',
});

/** GET /docs and GET /docs/scalar.js */
export const handler = httpHandler(async ({ route, headers, query }) =>
  route === 'GET /docs'
    ? page.answer(headers)
    : script.answer(headers, { versioned: query.v === script.version }),
);
