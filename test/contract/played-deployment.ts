import { randomUUID } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { api, bearer, ended, localDocuments, localWaybill, newUser, submit } from '../local-cloud.ts';
import { md5Of, picture, thumbnailsOf, uploadPictures } from '../pictures.ts';

/** Assemblies in every state that a route can be asked about, all of one user. */
export interface Played {
  readonly token: { readonly authorization: string };
  readonly stranger: { readonly authorization: string };
  readonly submissions: Readonly<Record<'completed' | 'announced' | 'disguised', object>>;
  readonly ids: Readonly<
    Record<'completed' | 'queued' | 'canceled' | 'spent' | 'uploading' | 'pictures', string>
  >;
  /** Of a result, from its status. */
  readonly link: URL;
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
  };
  for (const id of [ids.canceled, ids.spent])
    await api(`/assemblies/${id}`, { method: 'DELETE', headers: token });
  await asIfWaitingForFiles(ids.uploading);
  const [result] = thumbnailsOf(await ended(user, ids.pictures));
  await ended(user, ids.completed);
  return {
    token,
    stranger: await bearer(newUser()),
    submissions: { completed, ...(await twoInputsWithOneId(user)) },
    ids,
    link: new URL(result?.ssl_url ?? ''),
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
