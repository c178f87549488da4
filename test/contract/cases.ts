import { randomUUID } from 'node:crypto';
import type { RouteKey } from '../../lib/openapi/operation.ts';
import { type ApiRequest, newUser, tokenOf } from '../local-cloud.ts';
import {
  machine,
  messageTo,
  newMessage,
  newReview,
  type Played,
  SUBMISSION_RESULTS,
} from './played-deployment.ts';

/** A request for one documented answer. */
export interface Asked extends ApiRequest {
  /** With its query. */
  readonly path: string;
}

type Asking = (played: Played) => Asked | Promise<Asked>;

const NOBODY = '0'.repeat(64);
const NO_ID = 'A1';
const OVER_10_MB = `"${'x'.repeat(10 * 2 ** 20)}"`;
const OVER_5_MB = JSON.stringify({ text: 'x'.repeat(5.6 * 2 ** 20) });

const operator = async () => ({
  authorization: `Bearer ${await tokenOf(newUser(), { scope: 'openid waybill:operator' })}`,
});

const submitting =
  (body: unknown, headers: Record<string, string> = {}): Asking =>
  ({ token }) => ({
    path: '/assemblies',
    headers: { ...token, ...headers },
    body,
  });
const text = (more: object): object => ({
  template_id: 'text-statistics',
  fields: { text: 'A text.' },
  ...more,
});

const updating =
  (
    idOf: (played: Played) => string | Promise<string>,
    body: unknown,
    headers: Record<string, string> = {},
  ): Asking =>
  async (played) => ({
    path: `/assemblies/${await idOf(played)}/status`,
    headers: { ...machine('update_secret'), ...headers },
    body,
  });
const processing = { status: 'processing', progress: 10 };

/** A status is asked for in two ways. */
const reading = (pathOf: (id: string) => string): Record<string, Asking> => {
  const get =
    (idOf: (played: Played) => string, { query = '', headers = {} as Record<string, string> } = {}): Asking =>
    (played) => {
      const path = pathOf(idOf(played));
      return {
        path: query ? `${path}${path.includes('?') ? '&' : '?'}${query}` : path,
        headers: { ...played.token, ...headers },
      };
    };
  return {
    200: get(({ ids }) => ids.pictures, { headers: { 'accept-language': 'fr' } }),
    '200 batch': get(({ ids }) => ids.queued, { query: 'batch=true', headers: { 'accept-language': 'fr' } }),
    '200 batch of nothing': get(() => NOBODY, { query: 'batch=true' }),
    '200 with submissions': get(({ ids }) => ids.sent, { headers: { 'accept-language': 'fr' } }),
    202: ({ ids }) => ({ path: pathOf(ids.queued), headers: machine('read_secret') }),
    '202 with submissions': get(({ ids }) => ids.sending),
    '202 with a link to them': get(({ ids }) => ids.sendingToMany),
    304: get(({ ids }) => ids.completed, { headers: { 'if-none-match': '*' } }),
    '400 invalid_id': get(() => NO_ID),
    '400 invalid_request': get(({ ids }) => ids.queued, { query: 'min_version=0' }),
    '401 unauthenticated': ({ ids }) => ({ path: pathOf(ids.queued) }),
    '404 not_found': ({ ids, stranger }) => ({ path: pathOf(ids.queued), headers: stranger }),
  };
};

const readingMany =
  (body: (played: Played) => unknown, headers: Record<string, string> = {}): Asking =>
  (played) => ({
    path: '/assemblies/batch-status',
    headers: { ...played.token, ...headers },
    body: body(played),
  });

const retrying =
  (idOf: (played: Played) => string, query = ''): Asking =>
  (played) => ({ path: `/assemblies/${idOf(played)}/retry${query}`, method: 'POST', headers: played.token });

const canceling =
  (idOf: (played: Played) => string | Promise<string>): Asking =>
  async (played) => ({ path: `/assemblies/${await idOf(played)}`, method: 'DELETE', headers: played.token });

const listing =
  (idOf: (played: Played) => string, query = '', list = 'deliveries'): Asking =>
  (played) => ({ path: `/assemblies/${idOf(played)}/${list}${query}`, headers: played.token });

const opening =
  (change: (path: string) => string, withToken = true): Asking =>
  ({ link, token }) => ({ path: change(link.pathname), ...(withToken && { headers: token }) });

const known = { headers: { 'if-none-match': '*' } };

/** By route and answer. What needs a deployment that is broken stands in the test itself. */
export const CASES: Readonly<Record<RouteKey, Readonly<Record<string, Asking>>>> = {
  'POST /assemblies': {
    200: ({ token, submissions }) => ({ path: '/assemblies', headers: token, body: submissions.completed }),
    '200 dry_run': submitting(text({ dry_run: true })),
    202: ({ token, submissions }) => ({ path: '/assemblies', headers: token, body: submissions.announced }),
    '202 new': submitting(text({ fields: { text: 'Another text.', nonce: randomUUID() }, reference: 'r' })),
    '202 with recipients': submitting(messageTo(3)),
    '400 malformed_json': submitting('{'),
    '400 invalid_request': submitting({ template_id: 1, more: true }),
    '400 unknown_template': submitting({ template_id: 'none' }),
    '400 invalid_uploads': submitting({ template_id: 'image-thumbnails' }),
    '400 invalid_fields': submitting(text({ fields: {} })),
    '400 webhook_url_refused': submitting(text({ webhook_url: 'ftp://example.com' })),
    '401 unauthenticated': () => ({ path: '/assemblies', body: text({}) }),
    '409 different_input': ({ token, submissions }) => ({
      path: '/assemblies',
      headers: token,
      body: submissions.disguised,
    }),
    '413 payload_too_large': submitting(OVER_5_MB),
    '413 gateway': submitting(OVER_10_MB),
    '415 unsupported_media_type': submitting('template_id=1', { 'content-type': 'text/plain' }),
  },
  'GET /assemblies': {
    200: ({ token }) => ({ path: '/assemblies?limit=3', headers: { ...token, 'accept-language': 'fr' } }),
    '200 page': ({ token }) => ({ path: '/assemblies?page=1&limit=2&status=completed', headers: token }),
    '200 empty': ({ stranger }) => ({ path: '/assemblies', headers: stranger }),
    '200 for an operator': async () => ({
      path: '/assemblies?all_owners=true&template_id=human-review&status=waiting&limit=2',
      headers: await operator(),
    }),
    '400 invalid_request': ({ token }) => ({ path: '/assemblies?cursor=x', headers: token }),
    '401 unauthenticated': () => ({ path: '/assemblies', headers: machine('read_secret') }),
    '403 insufficient_scope': ({ token }) => ({
      path: '/assemblies?all_owners=true&template_id=human-review',
      headers: token,
    }),
  },
  'GET /assemblies/{assembly_id}': reading((id) => `/assemblies/${id}`),
  'GET /status': {
    ...reading((id) => `/status?assemblyId=${id}`),
    '200 batch of many': ({ ids, token }) => ({
      path: `/status?batch=true&assemblyId=${Object.values(ids).join()}`,
      headers: token,
    }),
    '400 answer_too_large': ({ large, token }) => ({
      path: `/status?batch=true&assemblyId=${large.join()}`,
      headers: token,
    }),
  },
  'POST /assemblies/batch-status': {
    200: readingMany(({ ids }) => ({ assembly_ids: [...Object.values(ids), NOBODY] })),
    '200 for a machine': ({ ids }) => ({
      path: '/assemblies/batch-status',
      headers: machine('read_secret'),
      body: { assembly_ids: [ids.completed] },
    }),
    '400 malformed_json': readingMany(() => '{'),
    '400 invalid_request': readingMany(() => ({ assembly_ids: [] })),
    '400 invalid_id': readingMany(({ ids }) => ({ assembly_ids: [ids.queued, NO_ID] })),
    '400 answer_too_large': readingMany(({ large }) => ({ assembly_ids: large })),
    '401 unauthenticated': ({ ids }) => ({
      path: '/assemblies/batch-status',
      body: { assembly_ids: [ids.queued] },
    }),
    '413 payload_too_large': readingMany(() => OVER_5_MB),
    '413 gateway': readingMany(() => OVER_10_MB),
    '415 unsupported_media_type': readingMany(() => '{}', { 'content-type': 'text/plain' }),
  },
  'POST /assemblies/{assembly_id}/status': {
    200: updating(({ token }) => newReview(token), { ...processing, progressMessage: 'Looking' }),
    '200 end': updating(({ token }) => newReview(token), { status: 'completed', result: { any: ['thing'] } }),
    '200 submissions': updating(({ token }) => newMessage(token, 4), {
      status: 'completed',
      submission_results: SUBMISSION_RESULTS,
    }),
    '400 malformed_json': updating(({ ids }) => ids.queued, ''),
    '400 invalid_request': updating(({ ids }) => ids.queued, { status: 'queued' }),
    '400 invalid_id': updating(() => NO_ID, processing),
    '401 unauthenticated': updating(({ ids }) => ids.queued, processing, { 'x-webhook-secret': 'guessed' }),
    '404 not_found': updating(() => NOBODY, processing),
    '409 not_external': updating(({ ids }) => ids.completed, processing),
    '409 stale_update': updating(({ ids }) => ids.queued, { ...processing, claim: 7 }),
    '409 already_ended': updating(({ ids }) => ids.canceled, processing),
    '409 illegal_transition': updating(({ ids }) => ids.uploading, processing),
    '413 payload_too_large': updating(({ ids }) => ids.queued, {
      status: 'completed',
      result: 'x'.repeat(33_000),
    }),
    '413 gateway': updating(({ ids }) => ids.queued, OVER_10_MB),
    '415 unsupported_media_type': updating(({ ids }) => ids.queued, '{}', { 'content-type': 'text/json' }),
  },
  'POST /assemblies/{assembly_id}/retry': {
    200: retrying(({ ids }) => ids.completed),
    202: retrying(({ ids }) => ids.canceled, '?attempt=1'),
    '400 invalid_id': retrying(() => NO_ID),
    '400 invalid_request': retrying(({ ids }) => ids.canceled, '?attempt=first'),
    '401 unauthenticated': ({ ids }) => ({ path: `/assemblies/${ids.canceled}/retry`, method: 'POST' }),
    '404 not_found': retrying(() => NOBODY),
    '409 retries_exhausted': retrying(({ ids }) => ids.spent),
    '413 gateway': async (played) => ({
      ...(await retrying(({ ids }) => ids.completed)(played)),
      body: OVER_10_MB,
    }),
  },
  'DELETE /assemblies/{assembly_id}': {
    200: canceling(({ token }) => newReview(token)),
    '400 invalid_id': canceling(() => NO_ID),
    '401 unauthenticated': ({ ids }) => ({ path: `/assemblies/${ids.queued}`, method: 'DELETE' }),
    '404 not_found': canceling(() => NOBODY),
    '409 already_ended': canceling(({ ids }) => ids.pictures),
  },
  'GET /assemblies/{assembly_id}/results/{result_id}': {
    302: ({ link }) => ({ path: link.pathname + link.search }),
    '302 token': opening((path) => path),
    '400 invalid_id': opening((path) => path.replace(/[\d-]+$/, 'first')),
    '401 unauthenticated': opening((path) => path, false),
    '404 not_found': opening((path) => path.replace(/[\d-]+$/, '9-9')),
    '410 result_gone': ({ deadLink }) => ({ path: deadLink.pathname + deadLink.search }),
  },
  'GET /assemblies/{assembly_id}/submissions': {
    200: listing(({ ids }) => ids.sending, '', 'submissions'),
    '200 page': listing(({ ids }) => ids.sendingToMany, '?limit=2', 'submissions'),
    '200 of one status': listing(({ ids }) => ids.sent, '?status=failed', 'submissions'),
    '200 for a machine': ({ ids }) => ({
      path: `/assemblies/${ids.sending}/submissions`,
      headers: { ...machine('read_secret'), 'accept-language': 'fr' },
    }),
    '200 without recipients': listing(({ ids }) => ids.queued, '', 'submissions'),
    '400 invalid_id': listing(() => NO_ID, '', 'submissions'),
    '400 invalid_request': listing(({ ids }) => ids.queued, '?status=sent', 'submissions'),
    '401 unauthenticated': ({ ids }) => ({ path: `/assemblies/${ids.queued}/submissions` }),
    '404 not_found': listing(() => NOBODY, '', 'submissions'),
  },
  'GET /assemblies/{assembly_id}/deliveries': {
    200: listing(({ ids }) => ids.completed, '?limit=1'),
    '200 empty': listing(({ ids }) => ids.queued),
    '400 invalid_id': listing(() => NO_ID),
    '400 invalid_request': listing(({ ids }) => ids.queued, '?cursor=x'),
    '401 unauthenticated': ({ ids }) => ({ path: `/assemblies/${ids.queued}/deliveries` }),
    '404 not_found': listing(() => NOBODY),
  },
  'GET /webhook-secret': {
    200: ({ token }) => ({ path: '/webhook-secret', headers: token }),
    '401 unauthenticated': () => ({ path: '/webhook-secret', headers: machine('read_secret') }),
  },
  'GET /health': { 200: () => ({ path: '/health' }) },
  'GET /openapi.json': {
    200: () => ({ path: '/openapi.json' }),
    304: () => ({ path: '/openapi.json', ...known }),
  },
  'GET /docs': { 200: () => ({ path: '/docs' }), 304: () => ({ path: '/docs', ...known }) },
  'GET /docs/scalar.js': {
    200: () => ({ path: '/docs/scalar.js' }),
    304: () => ({ path: '/docs/scalar.js?v=1', ...known }),
  },
};
