import { REGION } from './place.ts';
import type { S3Action } from './s3-call.ts';
import { deleteObjects } from './s3-delete-many.ts';
import { S3Error } from './s3-error.ts';
import { listObjects } from './s3-list.ts';
import { abortUpload, completeUpload, createUpload, listParts, uploadPart } from './s3-multipart.ts';
import { getObject } from './s3-read.ts';
import type { S3Request } from './s3-request.ts';
import { deleteObject, putObject } from './s3-write.ts';

interface Route {
  readonly method: string;
  readonly on: 'bucket' | 'object';
  /** Query parameters that tell this action from others of its method. */
  readonly query?: readonly string[];
  readonly optional?: RegExp;
  readonly action: S3Action;
}

const headBucket: S3Action = () => ({ status: 200, headers: { 'x-amz-bucket-region': REGION } });

const ROUTES: readonly Route[] = [
  { method: 'HEAD', on: 'bucket', action: headBucket },
  {
    method: 'GET',
    on: 'bucket',
    query: ['list-type'],
    optional: /^(continuation-token|delimiter|encoding-type|max-keys|prefix|start-after)$/,
    action: listObjects,
  },
  { method: 'POST', on: 'bucket', query: ['delete'], action: deleteObjects },
  { method: 'PUT', on: 'object', action: putObject },
  { method: 'GET', on: 'object', optional: /^response-/, action: getObject },
  { method: 'HEAD', on: 'object', optional: /^response-/, action: getObject },
  { method: 'DELETE', on: 'object', action: deleteObject },
  { method: 'POST', on: 'object', query: ['uploads'], action: createUpload },
  { method: 'PUT', on: 'object', query: ['partNumber', 'uploadId'], action: uploadPart },
  { method: 'POST', on: 'object', query: ['uploadId'], action: completeUpload },
  { method: 'DELETE', on: 'object', query: ['uploadId'], action: abortUpload },
  { method: 'GET', on: 'object', query: ['uploadId'], action: listParts },
];

/** @throws S3Error NotImplemented for an action, or a parameter of an action, that the local S3 does not have */
export function actionOf({ method, key, query }: S3Request): S3Action {
  // The first belong to the signature or stand for headers; the SDKs' x-id only names the action.
  const names = query.map(([name]) => name).filter((name) => !/^x-amz-/i.test(name) && name !== 'x-id');
  const on = key === '' ? 'bucket' : 'object';
  const route = ROUTES.find(
    (each) =>
      each.method === method &&
      each.on === on &&
      (each.query ?? []).every((name) => names.includes(name)) &&
      names.every((name) => each.query?.includes(name) || each.optional?.test(name)),
  );
  if (route) return route.action;
  const parameters = names.length > 0 ? ` with ${names.join(', ')}` : '';
  throw new S3Error('NotImplemented', `The local S3 doesn't know ${method} of a ${on}${parameters}.`);
}
