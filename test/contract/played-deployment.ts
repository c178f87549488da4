import { randomUUID } from 'node:crypto';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { putLargeAssemblies } from '../large-assemblies.ts';
import {
  api,
  bearer,
  ended,
  localDocuments,
  localS3,
  localWaybill,
  newUser,
  submit,
} from '../local-cloud.ts';
import { md5Of, picture, thumbnailsOf, uploadPictures } from '../pictures.ts';

/** Assemblies in every state that a route can be asked about, all of one user. */
export interface Played {
  readonly token: { readonly authorization: string };
  readonly stranger: { readonly authorization: string };
  readonly submissions: Readonly<Record<'completed' | 'announced' | 'disguised', object>>;
  readonly ids: Readonly<
    Record<
      | 'completed'
      | 'queued'
      | 'canceled'
      | 'spent'
      | 'uploading'
      | 'pictures'
      /** Has recipients, some of which have settled; more than a status lists; and one where each has settled. */
      | 'sending'
      | 'sendingToMany'
      | 'sent',
      string
    >
  >;
  /** Too large for one answer. */
  readonly large: readonly string[];
  /** Of a result, from its status; and of one whose file is gone. */
  readonly link: URL;
  readonly deadLink: URL;
}

export const machine = (secret: 'read_secret' | 'update_secret'): { 'x-webhook-secret': string } => ({
  'x-webhook-secret': localWaybill()[secret],
});

const review = (more: object = {}) => ({
  template_id: 'human-review',
  fields: { title: 'Is it good?', nonce: randomUUID() },
  ...more,
});

export const newReview = async (token: Played['token'], more: object = {}): Promise<string> =>
  (await api('/assemblies', { headers: token, body: review(more) })).json.assembly_id;

/** Recipients `r-0`, `r-1`, … of messages that somebody else sends. */
export const messageTo = (count: number) => ({
  template_id: 'message-tracking',
  fields: {
    subject: 'A bridge',
    message: 'Please vote for it.',
    recipients: Array.from({ length: count }, (_, n) => ({
      id: `r-${n}`,
      name: 'Ada Quill',
      chamber: 'house',
    })),
    nonce: randomUUID(),
  },
});

export const newMessage = async (token: Played['token'], count: number): Promise<string> =>
  (await api('/assemblies', { headers: token, body: messageTo(count) })).json.assembly_id;

/** What a worker has to say of the first four recipients. */
export const SUBMISSION_RESULTS = [
  {
    submission_id: 'r-0',
    status: 'submitted',
    confirmation: 'CWC-12345',
    submitted_at: '2025-09-30T09:30:00Z',
  },
  { messageId: 'r-1', status: 'failed', error: 'No.', errorCode: 'Vacant', errorDetails: '404' },
  { submission_id: 'r-2', status: 'rate_limited', error: 'Slower.', next_retry_at: '2125-09-30T09:30:00Z' },
  { submission_id: 'r-3', status: 'processing' },
];

const report = (id: string, status: string, results: readonly object[]) =>
  api(`/assemblies/${id}/status`, {
    headers: machine('update_secret'),
    body: { status, submission_results: results },
  });

export async function playDeployment(): Promise<Played> {
  const user = newUser();
  const token = await bearer(user);
  const completed = {
    template_id: 'text-statistics',
    fields: { text: 'One text. Two sentences.' },
    webhook_url: 'http://127.0.0.1:9/nobody-listens',
  };
  const ids = {
    completed: (await submit(user, completed)).json.assembly_id,
    queued: await newReview(token),
    canceled: await newReview(token),
    spent: await newReview(token, { max_retries: 0 }),
    uploading: await newReview(token),
    pictures: await uploadPictures(user, [await picture('harbour.jpg')]),
    sending: await newMessage(token, 5),
    sendingToMany: await newMessage(token, 51),
    sent: await newMessage(token, 2),
  };
  await report(ids.sending, 'processing', SUBMISSION_RESULTS);
  await report(ids.sent, 'completed', SUBMISSION_RESULTS.slice(0, 2));
  for (const id of [ids.canceled, ids.spent])
    await api(`/assemblies/${id}`, { method: 'DELETE', headers: token });
  await asIfWaitingForFiles(ids.uploading);
  const [result, gone] = thumbnailsOf(await ended(user, ids.pictures));
  const deadLink = new URL(gone?.ssl_url ?? '');
  await deleteResult(deadLink);
  await ended(user, ids.completed);
  await ended(user, ids.sent);
  return {
    token,
    stranger: await bearer(newUser()),
    submissions: { completed, ...(await twoInputsWithOneId(user)) },
    ids,
    large: await putLargeAssemblies(user, 18),
    link: new URL(result?.ssl_url ?? ''),
    deadLink,
  };
}

/** As an external template that takes files would have it: none of ours does. */
async function asIfWaitingForFiles(assembly_id: string): Promise<void> {
  const documents = localDocuments();
  await documents.send(
    new UpdateCommand({
      TableName: localWaybill().tables.jobs,
      Key: { assembly_id },
      UpdateExpression: 'SET #status = :uploading',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':uploading': 'uploading' },
    }),
  );
  documents.destroy();
}

/** As if the files were kept for a shorter time than the assemblies. */
async function deleteResult({ pathname }: URL): Promise<void> {
  const [, , id, , resultId] = pathname.split('/');
  const { buckets } = localWaybill();
  const s3 = localS3();
  await s3.send(new DeleteObjectCommand({ Bucket: buckets.files, Key: `results/${id}/${resultId}` }));
  s3.destroy();
}

/** The md5 of a file in the second is that of the fields of the first. */
async function twoInputsWithOneId(user: string) {
  const file = { name: 'a.jpg', mime: 'image/jpeg', size: 9, md5hash: md5Of(randomUUID()) };
  const fields = { nonce: randomUUID() };
  const announced = { template_id: 'image-thumbnails', uploads: [file], fields };
  await submit(user, announced);
  const disguised = {
    ...announced,
    fields: undefined,
    uploads: [file, { ...file, md5hash: md5Of(JSON.stringify(fields)) }],
  };
  return { announced, disguised };
}
