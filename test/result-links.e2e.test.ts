import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { StatusLambdaClient } from '../lib/client/status-lambda-client.ts';
import { type AssemblyStatus, assemblyStatus } from '../lib/domain/assembly-status.ts';
import {
  bearer,
  ended,
  eventually,
  LOCAL_AWS,
  localDocuments,
  localWaybill,
  newUser,
  statusOf,
} from './local-cloud.ts';
import { download, picture, submitPictures, thumbnailsOf, uploadPictures } from './pictures.ts';
import { answering, webhookReceiver } from './webhook-receiver.ts';

const FRENCH = { 'accept-language': 'fr' };

describe('the links to the results', () => {
  const completed = async (more: { webhook_url?: string } = {}) => {
    const user = newUser();
    const file = await picture('linked.jpg', { seed: 5 });
    const id = await uploadPictures(user, [file], more);
    return { user, file, id, status: await ended(user, id) };
  };
  const secondsLeft = (link: string): number =>
    Number(new URL(link).searchParams.get('exp')) - Date.now() / 1000;

  test('open with a token of the owner alone, and with no other', async () => {
    const { user, status } = await completed();
    const [link = ''] = thumbnailsOf(status).map(({ ssl_url }) => ssl_url.split('?')[0]);
    expect((await download(link, await bearer(user))).file?.status).toBe(200);
    expect((await download(link, await bearer(newUser()))).answer.status).toBe(404);
    expect((await download(link)).answer.status).toBe(401);
  });

  test('hold for a day, and are the same for whoever asks within the hour', async () => {
    const { user, id, status } = await completed();
    const [link = ''] = thumbnailsOf(status).map(({ ssl_url }) => ssl_url);
    expect(secondsLeft(link)).toBeGreaterThan(24 * 3_600 - 60);
    expect(secondsLeft(link)).toBeLessThanOrEqual(25 * 3_600);
    const first = await statusOf(user, id);
    expect(first.json).toEqual(status);
    const etag = first.headers.get('etag') ?? '';
    expect((await statusOf(user, id, { 'if-none-match': etag })).status).toBe(304);
    expect((await statusOf(user, id, { 'if-none-match': etag, ...FRENCH })).status).toBe(200);
    expect(thumbnailsOf((await statusOf(user, id, FRENCH)).json)).toEqual(thumbnailsOf(status));
  });

  test('lead to one file of the bucket, under one name', async () => {
    const { status } = await completed();
    const { location = '' } = await download(thumbnailsOf(status)[0]?.ssl_url ?? '');
    const changes: ((url: URL) => void)[] = [
      ({ searchParams }) => searchParams.set('response-content-disposition', 'inline'),
      ({ searchParams }) => searchParams.set('response-content-type', 'text/html'),
      (url) => {
        url.pathname = url.pathname.replace('/results/', '/uploads/');
      },
    ];
    for (const change of changes) {
      const url = new URL(location);
      change(url);
      expect((await fetch(url)).status).toBe(403);
    }
  });

  test('are in a direct Lambda call too', async () => {
    const { user, id, status } = await completed();
    const { lambda_endpoint: endpoint, functions } = localWaybill();
    const client = new StatusLambdaClient({ ...LOCAL_AWS, endpoint, functionName: functions.status });
    expect(await client.getStatus(id, user)).toEqual({ success: true, status });
    expect(await client.getStatus(id, newUser())).toMatchObject({ success: false, statusCode: 404 });
  });

  test('are in a webhook for a week', async () => {
    const receiver = await webhookReceiver(answering(204));
    try {
      const { status } = await completed({ webhook_url: receiver.url });
      const { body } = await eventually(() => receiver.received[0], 'the webhook');
      const told: AssemblyStatus = JSON.parse(body);
      expect(assemblyStatus.parse(told)).toMatchObject({
        assembly_id: status.assembly_id,
        status: 'completed',
      });
      for (const { ssl_url, size } of thumbnailsOf(told)) {
        expect(secondsLeft(ssl_url)).toBeGreaterThan(7 * 24 * 3_600 - 60);
        expect(secondsLeft(ssl_url)).toBeLessThanOrEqual((7 * 24 + 1) * 3_600);
        expect((await download(ssl_url)).bytes?.length).toBe(size);
      }
      expect(thumbnailsOf(told)).toHaveLength(2);
    } finally {
      receiver.stop();
    }
  });

  test('of an attempt open nothing once another one has begun', async () => {
    const { user, file, id, status } = await completed();
    const [old = ''] = thumbnailsOf(status).map(({ ssl_url }) => ssl_url);
    expect((await download(old)).answer.status).toBe(302);
    // As it will be where an attempt fails that has results: of ours, none does.
    const documents = localDocuments();
    await documents.send(
      new UpdateCommand({
        TableName: localWaybill().tables.jobs,
        Key: { assembly_id: id },
        UpdateExpression: 'SET #status = :failed',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':failed': 'failed' },
      }),
    );
    documents.destroy();
    expect((await download(old)).answer.status).toBe(302);
    const again = (await submitPictures(user, [file])).json;
    expect(again).toMatchObject({ restarted: true, attempt: 2, status: 'queued', results: {} });
    const end = await ended(user, id);
    expect(end).toMatchObject({ status: 'completed', attempt: 2 });
    expect((await download(old)).answer.status).toBe(404);
    expect((await download(old.split('?')[0] ?? '', await bearer(user))).answer.status).toBe(404);
    expect(thumbnailsOf(end).map((result) => result.id)).toEqual(['2-1', '2-2']);
    expect((await download(thumbnailsOf(end)[0]?.ssl_url ?? '')).file?.status).toBe(200);
  });
});
