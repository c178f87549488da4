import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import type { AccessKeys } from './access-keys.ts';
import { awsJsonCall } from './aws-json-call.ts';
import type { FaultKind, Faults } from './faults.ts';
import { createGuardedFolder } from './guarded-folder.ts';
import { type HttpServer, startHttpServer } from './http-server.ts';
import type { Meter } from './meter.ts';
import type { Principals } from './principals.ts';
import type { S3Action, S3Answer, S3Call } from './s3-call.ts';
import { corsHeaders, preflightHeaders } from './s3-cors.ts';
import { S3Error } from './s3-error.ts';
import { eventMessage, interestedIn, type ObjectEvent } from './s3-events.ts';
import { effectiveHeaders, parseRequest, type S3Request } from './s3-request.ts';
import { routeOf } from './s3-routes.ts';
import { authenticate } from './s3-signature.ts';
import { type Bucket, createObjectFiles, type ObjectFiles } from './s3-store.ts';
import { xmlError } from './s3-xml.ts';

/** What the server serves; `buckets` is filled while the local cloud starts. */
export interface S3State {
  readonly keys: AccessKeys;
  readonly principals: Principals;
  readonly faults: Faults;
  readonly meter: Meter | undefined;
  buckets: ReadonlyMap<string, Bucket>;
  /** Where events are sent to. */
  sqsEndpoint: string;
  log(line: string): void;
}

/** S3 that verifies what AWS verifies: signatures, expiry, permissions, lengths, digests, conditions. */
export async function startS3Server(state: S3State): Promise<HttpServer> {
  const folder = createGuardedFolder('waybill-s3-');
  const server = { state, files: createObjectFiles(folder.path), sending: new Set<Promise<void>>() };
  try {
    const http = await startHttpServer(0, (message, response) => {
      serve(server, message, response).catch((error: Error) => {
        if (!message.destroyed)
          state.log(`local cloud: S3: ${message.method} ${message.url}: ${error.message}`);
        response.destroy();
      });
    });
    return {
      url: http.url,
      async stop() {
        await http.stop();
        await Promise.all(server.sending);
        await folder.remove();
      },
    };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

interface Server {
  readonly state: S3State;
  readonly files: ObjectFiles;
  /** Events on their way. */
  readonly sending: Set<Promise<void>>;
}

async function serve(server: Server, message: IncomingMessage, response: ServerResponse): Promise<void> {
  let request: S3Request | undefined;
  let answered: S3Answer;
  try {
    request = parseRequest(message);
    answered = await answer(server, request);
  } catch (error) {
    answered = refusal(server, error, message, request);
  }
  const bucket = request && server.state.buckets.get(request.bucket);
  const { status, headers, body } = answered;
  // A client that is still writing would see a broken pipe and not the refusal.
  if (!message.complete) await finished(message.resume());
  response.writeHead(status, {
    'x-amz-request-id': request?.id ?? '0',
    'x-amz-id-2': request?.id ?? '0',
    ...(request && request.method !== 'OPTIONS' && corsHeaders(bucket, request)),
    ...(typeof body === 'string' && { 'content-length': String(Buffer.byteLength(body)) }),
    ...(body === undefined && status === 200 && { 'content-length': '0' }),
    ...headers,
  });
  if (body === undefined || message.method === 'HEAD') response.end();
  else if (typeof body === 'string') response.end(body);
  else await sendStream(body, response);
}

/** A client that goes away in the middle is no error of ours. */
async function sendStream(body: Readable, response: ServerResponse): Promise<void> {
  await pipeline(body, response).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

async function answer(server: Server, request: S3Request): Promise<S3Answer> {
  const { state, files } = server;
  const bucket = state.buckets.get(request.bucket);
  if (request.method === 'OPTIONS') return { status: 200, headers: preflightHeaders(bucket, request) };
  const caller = authenticate(request, state.keys, new Date());
  const { action, permission } = routeOf(request);
  if (!bucket) throw new S3Error('NoSuchBucket', undefined, { BucketName: request.bucket });
  const headers = effectiveHeaders(request);
  const demand = demandsOf(state, caller.accessKeyId);
  if (permission) demand(permission, bucket.name, request.key);
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
  if (headers['x-amz-acl'] !== undefined) demand('s3:PutObjectAcl', bucket.name, request.key);
  const fault = faultOf(state, caller.accessKeyId, request);
  if (fault === 'throttle') throw new S3Error('SlowDown');
  if (fault === 'serverError') throw new S3Error('InternalError');
  const by = headers.authorization === undefined ? 'presigned' : state.principals(caller.accessKeyId)?.name;
  state.meter?.call({
    ...{ service: 's3', operation: operationOf(request, action), consumed: [] },
    by: by ?? 'nobody',
  });
  const result = await action({
    request,
    headers,
    demand,
    caller,
    bucket,
    buckets: state.buckets,
    files,
    emit: (event) => emit(server, event, bucket, request, caller.accessKeyId),
  });
  if (fault === 'dropAfterCommit') request.message.socket.destroy();
  return result;
}

/** `putObject` and a PUT → `PutObject`. */
const operationOf = ({ method }: S3Request, { name }: S3Action): string =>
  method === 'HEAD' ? 'HeadObject' : name.charAt(0).toUpperCase() + name.slice(1);

/** Of whoever signed, be it long ago: a presigned URL is as good as the right of the function that made it. */
const demandsOf =
  ({ principals }: S3State, accessKeyId: string): S3Call['demand'] =>
  (action, bucketName, key) => {
    const resource = `arn:aws:s3:::${bucketName}${key ? `/${key}` : ''}`;
    const principal = principals(accessKeyId);
    const refusal = principal ? principal.refusal([{ action, resource }]) : 'Access Denied';
    if (refusal !== undefined) throw new S3Error('AccessDenied', refusal);
  };

/** A presigned URL is used by somebody else than the function that signed it. */
function faultOf(
  { principals, faults }: S3State,
  accessKeyId: string,
  { headers }: S3Request,
): FaultKind | undefined {
  const principal = headers.authorization === undefined ? undefined : principals(accessKeyId);
  return principal && faults.draw(principal);
}

/** In the background, as on AWS: the write's answer does not wait for its event. */
function emit(
  { state, sending }: Server,
  event: ObjectEvent,
  bucket: Bucket,
  request: S3Request,
  accessKeyId: string,
): void {
  for (const notification of interestedIn(bucket, event)) {
    const message = eventMessage(event, notification, bucket, request, accessKeyId);
    state.meter?.call({ service: 'sqs', operation: 'SendMessage', by: 's3', consumed: [] });
    const sent: Promise<void> = awsJsonCall(state.sqsEndpoint, 'AmazonSQS.SendMessage', {
      QueueUrl: notification.queueUrl,
      MessageBody: JSON.stringify(message),
    })
      .then(
        () => {},
        (error: Error) => state.log(`local cloud: S3: the event of ${event.key} is lost: ${error.message}`),
      )
      .finally(() => sending.delete(sent));
    sending.add(sent);
  }
}

function refusal(
  { state }: Server,
  error: unknown,
  message: IncomingMessage,
  request: S3Request | undefined,
): S3Answer {
  if (!(error instanceof S3Error) && !message.destroyed) {
    state.log(`local cloud: S3: ${message.method} ${message.url}: ${(error as Error).stack}`);
  }
  const {
    status,
    code,
    message: text,
    details,
    headers,
  } = error instanceof S3Error ? error : new S3Error('InternalError');
  if (status === 304) return { status, headers };
  const body = xmlError({
    Code: code,
    Message: text,
    ...details,
    Resource: request?.path ?? '',
    RequestId: request?.id ?? '0',
    HostId: request?.id ?? '0',
  });
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body };
}
