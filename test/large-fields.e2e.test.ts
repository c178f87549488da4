import { DeleteObjectCommand, GetObjectCommand, NoSuchKey } from '@aws-sdk/client-s3';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { ended, localDocuments, localS3, localWaybill, newUser, statusOf, submit } from './local-cloud.ts';
import { md5Of } from './pictures.ts';

const documents = localDocuments();
const s3 = localS3();
afterAll(() => {
  documents.destroy();
  s3.destroy();
});

async function storedItem(assemblyId: string): Promise<Record<string, unknown>> {
  const { jobs } = localWaybill().tables;
  const { Item } = await documents.send(
    new GetCommand({ TableName: jobs, Key: { assembly_id: assemblyId }, ConsistentRead: true }),
  );
  return Item ?? {};
}

const placeOf = (assemblyId: string, canonical: string) => ({
  Bucket: localWaybill().buckets.files,
  Key: `fields/${assemblyId}/${md5Of(canonical)}`,
});

async function storedFields(assemblyId: string, canonical: string): Promise<string | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand(placeOf(assemblyId, canonical)));
    return await Body?.transformToString();
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

/** Fields of that many bytes as canonical JSON, {"text":"…"}, and a request that has them. */
function fieldsOfBytes(bytes: number, word = 'Secret cargo. ') {
  const fields = { text: word.repeat(bytes).slice(0, bytes - 11) };
  return { canonical: JSON.stringify(fields), request: { template_id: 'text-statistics', fields } };
}

test('fields of 3 KB lie in the bucket and not in the item, and are worked on', async () => {
  const user = newUser();
  const { canonical, request } = fieldsOfBytes(3 * 1024);
  const { json } = await submit(user, request);
  const id = json.assembly_id;
  // It may have ended by now, and the result names the most frequent words.
  const { result: _, ...item } = await storedItem(id);
  expect(item).not.toHaveProperty('fields');
  expect(item).toMatchObject({ fields_md5: md5Of(canonical) });
  expect(JSON.stringify(item)).not.toContain('cargo');
  expect(await storedFields(id, canonical)).toBe(canonical);
  const status = await ended(user, id);
  expect(status).toMatchObject({ status: 'completed', result: { characters: 3 * 1024 - 11 } });
  for (const shown of [json, status, (await submit(user, request)).json]) {
    expect(shown).not.toHaveProperty('fields');
    expect(shown).not.toHaveProperty('fields_md5');
    expect(shown.results).toEqual({});
  }
});

test('2 KB are the limit of what lies in the item', async () => {
  const user = newUser();
  const [small, large] = [fieldsOfBytes(2_048), fieldsOfBytes(2_049)];
  const [one, other] = await Promise.all([submit(user, small.request), submit(user, large.request)]);
  expect(await storedItem(one.json.assembly_id)).toMatchObject({ fields: small.canonical });
  expect(await storedFields(one.json.assembly_id, small.canonical)).toBeUndefined();
  expect(await storedItem(other.json.assembly_id)).not.toHaveProperty('fields');
  expect(await storedFields(other.json.assembly_id, large.canonical)).toBe(large.canonical);
});

test('the order of keys makes no difference, and what is stored is canonical', async () => {
  const user = newUser();
  const text = 'Two ships. '.repeat(300);
  const body = `{"template_id":"text-statistics","fields":{ "text": ${JSON.stringify(text)}, "nonce": "\\u0031" }}`;
  const { json } = await submit(user, JSON.parse(body));
  const canonical = `{"nonce":"1","text":${JSON.stringify(text)}}`;
  expect(await storedFields(json.assembly_id, canonical)).toBe(canonical);
});

test('a dry run stores none', async () => {
  const { canonical, request } = fieldsOfBytes(4_096);
  const { json } = await submit(newUser(), { ...request, dry_run: true });
  expect(await storedFields(json.assembly_id, canonical)).toBeUndefined();
});

test('a new attempt brings back those that have gone from the bucket', async () => {
  const user = newUser();
  const { canonical, request } = fieldsOfBytes(3_000, '… ! ');
  const { json } = await submit(user, request);
  expect(await ended(user, json.assembly_id)).toMatchObject({ error_code: 'text_has_no_words' });
  await s3.send(new DeleteObjectCommand(placeOf(json.assembly_id, canonical)));
  expect((await submit(user, request)).json).toMatchObject({ restarted: true, attempt: 2 });
  expect(await storedFields(json.assembly_id, canonical)).toBe(canonical);
  expect(await ended(user, json.assembly_id)).toMatchObject({ attempt: 2, error_code: 'text_has_no_words' });
});

test('no status shows them, whatever the end', async () => {
  const user = newUser();
  const { json } = await submit(user, fieldsOfBytes(2_500, '?! ').request);
  await ended(user, json.assembly_id);
  expect((await statusOf(user, json.assembly_id)).text).not.toContain('?! ?!');
});
