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
  /**
   * What the caller must be allowed; none where the action asks itself, key by key.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
   */
  readonly permission?: string;
  readonly action: S3Action;
}

const headBucket: S3Action = () => ({ status: 200, headers: { 'x-amz-bucket-region': REGION } });

const ROUTES: readonly Route[] = [
  { method: 'HEAD', on: 'bucket', permission: 's3:ListBucket', action: headBucket },
  {
    method: 'GET',
    on: 'bucket',
    query: ['list-type'],
    optional: /^(continuation-token|delimiter|encoding-type|max-keys|prefix|start-after)$/,
    permission: 's3:ListBucket',
    action: listObjects,
  },
  { method: 'POST', on: 'bucket', query: ['delete'], action: deleteObjects },
  { method: 'PUT', on: 'object', permission: 's3:PutObject', action: putObject },
  { method: 'GET', on: 'object', optional: /^response-/, permission: 's3:GetObject', action: getObject },
  { method: 'HEAD', on: 'object', optional: /^response-/, permission: 's3:GetObject', action: getObject },
  { method: 'DELETE', on: 'object', permission: 's3:DeleteObject', action: deleteObject },
  { method: 'POST', on: 'object', query: ['uploads'], permission: 's3:PutObject', action: createUpload },
  {
    method: 'PUT',
    on: 'object',
    query: ['partNumber', 'uploadId'],
    permission: 's3:PutObject',
    action: uploadPart,
  },
  { method: 'POST', on: 'object', query: ['uploadId'], permission: 's3:PutObject', action: completeUpload },
  {
    method: 'DELETE',
    on: 'object',
    query: ['uploadId'],
    permission: 's3:AbortMultipartUpload',
    action: abortUpload,
  },
  {
    method: 'GET',
    on: 'object',
    query: ['uploadId'],
    permission: 's3:ListMultipartUploadParts',
    action: listParts,
  },
];

/** @throws S3Error NotImplemented for an action, or a parameter of an action, that the local S3 does not have */
export function routeOf({ method, key, query }: S3Request): Pick<Route, 'action' | 'permission'> {
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
  if (route) return route;
  const parameters = names.length > 0 ? ` with ${names.join(', ')}` : '';
  throw new S3Error('NotImplemented', `The local S3 doesn't know ${method} of a ${on}${parameters}.`);
}
