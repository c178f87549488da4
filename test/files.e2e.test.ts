import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { type AssemblyStatus, assemblyStatus } from '../lib/domain/assembly-status.ts';
import {
  ended,
  eventually,
  LOCAL_AWS,
  localDocuments,
  localS3,
  localWaybill,
  newUser,
  statusOf,
  submit,
} from './local-cloud.ts';
import {
  announced,
  announcedPng,
  cutInHalf,
  download,
  md5Of,
  picture,
  putFile,
  type SubmittedUpload,
  sizeOfPicture,
  submitPictures,
  type TestFile,
  textFile,
  thumbnailsOf,
  uploadPictures,
} from './pictures.ts';

const FRENCH = { 'accept-language': 'fr-CA, en;q=0.5' };

const documents = localDocuments();
const s3 = localS3();
afterAll(() => {
  documents.destroy();
  s3.destroy();
});

const uploadPlace = (assemblyId: string, uploadId: string) => ({
  Bucket: localWaybill().buckets.files,
  Key: `uploads/${assemblyId}/${uploadId}`,
});

/** Those that the answer asks for. */
const asked = ({ uploads }: { uploads: SubmittedUpload[] }): SubmittedUpload[] =>
  uploads.filter(({ url }) => url !== undefined);

/** The status, once so many bytes are known to be in the bucket. */
const received = (user: string, id: string, bytes: number): Promise<AssemblyStatus> =>
  eventually(async () => {
    const { json } = await statusOf(user, id);
    return json.bytes_received === bytes ? json : undefined;
  }, `${bytes} bytes of ${id}`);

const sizeOf = (files: readonly TestFile[]): number =>
  files.reduce((sum, { bytes }) => sum + bytes.length, 0);

describe('pictures from POST to their thumbnails', () => {
  test('one picture becomes six, each behind its ssl_url', async () => {
    const user = newUser();
    const file = await picture(`le port "d'été"; 🚢.final.jpg`, { width: 1_500, height: 1_000 });
    const { status, headers, json } = await submitPictures(user, [file], { fields: {} });
    expect(status).toBe(202);
    expect(headers.get('retry-after')).toBe('5');
    expect(json).toMatchObject({
      status: 'uploading',
      message: 'Waiting for the uploads',
      created: true,
      results: {},
      bytes_expected: file.bytes.length,
      bytes_received: 0,
      uploads: [
        {
          ...announced(file),
          id: md5Of(file.bytes),
          basename: `le port "d'été"; 🚢.final`,
          ext: 'jpg',
          field: 'file',
          method: 'PUT',
          headers: {
            'content-length': String(file.bytes.length),
            'content-md5': Buffer.from(md5Of(file.bytes), 'hex').toString('base64'),
            'content-type': 'image/jpeg',
          },
        },
      ],
    });
    expect(json).not.toHaveProperty('queued_at');
    const { searchParams } = new URL(json.uploads[0].url);
    expect(searchParams.get('X-Amz-Expires')).toBe('900');
    expect(searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-md5;content-type;host');

    await putFile(json.uploads[0], file);
    const end = assemblyStatus.parse(await ended(user, json.assembly_id));
    expect(end).toMatchObject({
      status: 'completed',
      ok: 'ASSEMBLY_COMPLETED',
      progress: 100,
      bytes_received: file.bytes.length,
      result: { pictures: 1, thumbnails: 6 },
    });
    expect(end).not.toHaveProperty('error');
    expect(end).not.toHaveProperty('file_errors');
    const thumbnails = thumbnailsOf(end);
    expect(thumbnails.map(({ name, meta }) => [name, meta])).toEqual(
      [
        ['small', 'webp', 160, 107],
        ['small', 'jpg', 160, 107],
        ['medium', 'webp', 480, 320],
        ['medium', 'jpg', 480, 320],
        ['large', 'webp', 1_200, 800],
        ['large', 'jpg', 1_200, 800],
      ].map(([size, ext, width, height]) => [
        `le port "d'été"; 🚢.final-${size}.${ext}`,
        { size, width, height },
      ]),
    );
    expect(end.bytes_usage).toBe(thumbnails.reduce((sum, { size }) => sum + size, 0));
    for (const { ssl_url, name, size, mime, meta, original_id } of thumbnails) {
      const { answer, location, file: saved, bytes } = await download(ssl_url);
      expect(answer.status).toBe(302);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
      });
      expect(new URL(location ?? '').searchParams.get('X-Amz-Expires')).toBe('300');
      expect(saved?.status).toBe(200);
      expect(saved?.headers.get('content-type')).toBe(mime);
      const [kind, saveAs = ''] = (saved?.headers.get('content-disposition') ?? '').split(
        "; filename*=UTF-8''",
      );
      expect([kind, decodeURIComponent(saveAs)]).toEqual(['attachment', name]);
      expect(saveAs).toMatch(/^[\w.%-]+$/);
      expect(bytes?.length).toBe(size);
      expect({ ...meta, ...(await sizeOfPicture(bytes ?? Buffer.alloc(0))) }).toEqual(meta);
      expect(original_id).toBe(md5Of(file.bytes));
    }
  });

  test('while they come, the status tells each, and the same submission asks for the others', async () => {
    const user = newUser();
    const [one, other] = await Promise.all([
      picture('a.jpg', { seed: 1 }),
      picture('b.png', { width: 300, seed: 2 }),
    ]);
    const files = [one, other, { ...one, name: 'the same.jpg' }];
    const first = (await submitPictures(user, files)).json;
    const id = first.assembly_id;
    const md5 = md5Of(one.bytes);
    expect(first.uploads.map((upload: SubmittedUpload) => upload.id)).toEqual([
      md5,
      md5Of(other.bytes),
      `${md5}-2`,
    ]);
    expect(new Set(asked(first).map(({ url = '' }) => new URL(url).pathname)).size).toBe(3);

    const total = sizeOf(files);
    const seen: AssemblyStatus[] = [];
    for (const [index, file] of files.slice(0, 2).entries()) {
      await putFile(first.uploads[index], file);
      const come = sizeOf(files.slice(0, index + 1));
      const status = await received(user, id, come);
      expect(assemblyStatus.parse(status)).toMatchObject({
        status: 'uploading',
        bytes_expected: total,
        progress: Math.floor((100 * come) / total),
      });
      expect(JSON.stringify(status)).not.toContain('X-Amz');
      seen.push(status);

      const again = await submitPictures(user, files);
      expect(again.status).toBe(202);
      expect(again.json).toMatchObject({
        assembly_id: id,
        created: false,
        restarted: false,
        attempt: 1,
        version: status.version,
      });
      expect(asked(again.json).map((upload) => upload.id)).toEqual(
        first.uploads.slice(index + 1).map((upload: SubmittedUpload) => upload.id),
      );
      expect((await statusOf(user, id)).status).toBe(202);
    }
    expect(seen.map(({ version }) => version)).toEqual([2, 3]);

    const last = asked((await submitPictures(user, files)).json);
    await putFile(last[0] as SubmittedUpload, one);
    const end = await ended(user, id);
    expect(end).toMatchObject({ status: 'completed', attempt: 1, result: { pictures: 3, thumbnails: 6 } });
    expect(new Set(thumbnailsOf(end).map(({ original_id }) => original_id))).toEqual(
      new Set(first.uploads.map((upload: SubmittedUpload) => upload.id)),
    );
  });

  test('twenty that come at once are all worked, each once', async () => {
    const user = newUser();
    const names = Array.from({ length: 20 }, (_, seed) => [`${seed}.webp`, seed] as const);
    const files = await Promise.all(names.map(([name, seed]) => picture(name, { seed })));
    const id = await uploadPictures(user, files);
    const end = await ended(user, id);
    expect(end).toMatchObject({ status: 'completed', result: { pictures: 20, thumbnails: 20 } });
    expect(end.bytes_received).toBe(sizeOf(files));
    expect(thumbnailsOf(end).map((result) => result.id)).toEqual(files.map((_, index) => `1-${index + 1}`));
    expect(thumbnailsOf(end).map(({ original_id }) => original_id)).toEqual(
      files.map(({ bytes }) => md5Of(bytes)),
    );
    const { Item } = await documents.send(
      new GetCommand({ TableName: localWaybill().tables.jobs, Key: { assembly_id: id } }),
    );
    expect(Item).toMatchObject({ attempt: 1, claim: 1, retry_count: 0 });
  });

  test('submitted again in the moment in which the last file comes, it runs once', async () => {
    const user = newUser();
    const files = [await picture('a.jpg', { seed: 3 })];
    const { json } = await submitPictures(user, files);
    const answers = await Promise.all([
      putFile(json.uploads[0], files[0] as TestFile).then(() => submitPictures(user, files)),
      ...Array.from({ length: 5 }, () => submitPictures(user, files)),
    ]);
    for (const { status, json: again } of answers) {
      expect([200, 202]).toContain(status);
      expect(again).toMatchObject({ assembly_id: json.assembly_id, created: false, restarted: false });
    }
    const end = await ended(user, json.assembly_id);
    expect(end).toMatchObject({ status: 'completed', attempt: 1 });
    expect(thumbnailsOf(end).map((result) => result.id)).toEqual(['1-1', '1-2']);
  });

  test('where the event of a file is lost, the same submission finds the file', async () => {
    const user = newUser();
    const file = await picture('lost.jpg', { seed: 4 });
    const request = { template_id: 'image-thumbnails', uploads: [announced(file)] };
    // Its event comes before there is an assembly that it could be told to.
    const { assembly_id: id } = (await submit(user, { ...request, dry_run: true })).json;
    await s3.send(new PutObjectCommand({ ...uploadPlace(id, md5Of(file.bytes)), Body: file.bytes }));
    await uploadEventsHandled();
    expect((await submit(user, request)).json).toMatchObject({ created: true, status: 'uploading' });
    expect((await statusOf(user, id)).json).toMatchObject({ status: 'uploading', bytes_received: 0 });
    const found = (await submit(user, request)).json;
    expect(found).toMatchObject({ assembly_id: id, created: false, status: 'queued', attempt: 1 });
    expect(asked(found)).toEqual([]);
    expect(await ended(user, id)).toMatchObject({ status: 'completed', attempt: 1 });
  });
});

/** Resolves when no event of an upload is on its way any more. */
async function uploadEventsHandled(): Promise<void> {
  const { sqs_endpoint: endpoint, queues } = localWaybill();
  const sqs = new SQSClient({ ...LOCAL_AWS, endpoint });
  await eventually(async () => {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queues.uploads, AttributeNames: ['All'] }),
    );
    const { ApproximateNumberOfMessages: waiting, ApproximateNumberOfMessagesNotVisible: inWork } =
      Attributes;
    return waiting === '0' && inWork === '0' ? true : undefined;
  }, 'the end of the events');
  sqs.destroy();
}

describe('files that are no good pictures', () => {
  const bad = async () => {
    const good = await picture('good.jpg', { width: 400, height: 300 });
    return {
      good,
      text: textFile('notes.jpg', 'These are my notes, and no picture.'),
      truncated: cutInHalf({ ...(await picture('half.jpg', { width: 800, height: 600 })) }),
      bomb: announcedPng('bomb.png', 30_000, 30_000),
      svg: textFile('drawing.png', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
      page: textFile('page.gif', 'GIF89a/*<script src=//evil.example></script>*/=1;', 'image/gif'),
      polyglot: {
        ...good,
        name: 'polyglot.jpg',
        bytes: Buffer.concat([good.bytes, Buffer.from('<script>alert(1)</script>')]),
      },
    };
  };

  test('among good ones make it partial, and each says why in both languages', async () => {
    const user = newUser();
    const files = await bad();
    const id = await uploadPictures(user, Object.values(files));
    const english = await ended(user, id);
    expect(assemblyStatus.parse(english)).toMatchObject({
      status: 'partial',
      ok: 'ASSEMBLY_COMPLETED',
      message: 'Completed in part',
      can_retry: false,
      result: { pictures: 2, thumbnails: 4 },
    });
    expect(english).not.toHaveProperty('error');
    const sentences = (status: AssemblyStatus) =>
      status.file_errors?.map(({ upload_id: _, ...error }) => Object.values(error));
    const of = (name: string, code: string, sentence: string) => [name, sentence, code, 'FILE_ERROR'];
    expect(sentences(english)).toEqual([
      of('notes.jpg', 'not_an_image', 'The file “notes.jpg” is not a picture.'),
      of('half.jpg', 'image_truncated', 'The picture “half.jpg” is damaged or incomplete.'),
      of(
        'bomb.png',
        'image_too_large',
        'The picture “bomb.png” has 30000 × 30000 pixels, more than the 80 million that are taken.',
      ),
      of(
        'drawing.png',
        'unsupported_image_format',
        'The format of “drawing.png” is SVG. Pictures are taken as JPEG, PNG, WebP, GIF, AVIF or TIFF.',
      ),
      of('page.gif', 'image_truncated', 'The picture “page.gif” is damaged or incomplete.'),
    ]);
    expect(english.file_errors?.map(({ upload_id }) => upload_id)).toEqual(
      [files.text, files.truncated, files.bomb, files.svg, files.page].map(({ bytes }) => md5Of(bytes)),
    );
    const french = await statusOf(user, id, FRENCH);
    expect(french.headers.get('content-language')).toBe('fr');
    expect(french.json).toMatchObject({ status: 'partial', message: 'Terminé en partie' });
    expect(sentences(french.json)?.map(([, sentence]) => sentence)).toEqual([
      'Le fichier « notes.jpg » n’est pas une image.',
      'L’image « half.jpg » est endommagée ou incomplète.',
      expect.stringContaining('30000 × 30000 pixels, plus que les 80 millions acceptés'),
      expect.stringContaining('est au format SVG'),
      'L’image « page.gif » est endommagée ou incomplète.',
    ]);

    const { bytes } = await download(
      thumbnailsOf(english).find(({ name }) => name === 'polyglot-s.jpg')?.ssl_url ?? '',
    );
    expect(bytes?.length).toBeGreaterThan(0);
    expect(bytes?.includes('<script>')).toBe(false);
    // A partial one is answered as it is.
    const again = await submitPictures(user, Object.values(files));
    expect(again).toMatchObject({
      status: 200,
      json: { created: false, restarted: false, status: 'partial' },
    });
  });

  test('alone make it failed, and the same submission tries the files that are there again', async () => {
    const user = newUser();
    const { text } = await bad();
    const id = await uploadPictures(user, [text]);
    const failed = await ended(user, id);
    expect(assemblyStatus.parse(failed)).toMatchObject({
      status: 'failed',
      error: 'The file “notes.jpg” is not a picture.',
      error_code: 'not_an_image',
      error_category: 'FILE_ERROR',
      can_retry: false,
      results: {},
    });
    expect(failed).not.toHaveProperty('ok');
    expect((await statusOf(user, id, FRENCH)).json).toMatchObject({
      error: 'Le fichier « notes.jpg » n’est pas une image.',
      error_category: 'FILE_ERROR',
    });
    const again = await submitPictures(user, [text]);
    expect(again.status).toBe(202);
    expect(again.json).toMatchObject({
      status: 'queued',
      created: false,
      restarted: true,
      attempt: 2,
      progress: 0,
      bytes_received: text.bytes.length,
    });
    expect(asked(again.json)).toEqual([]);
    for (const member of ['error', 'error_code', 'file_errors'])
      expect(again.json).not.toHaveProperty(member);
    expect(await ended(user, id)).toMatchObject({ status: 'failed', attempt: 2, error_code: 'not_an_image' });
  });

  test('and one that has gone are two, and a new attempt asks for the one that has gone', async () => {
    const user = newUser();
    const { good, text } = await bad();
    const files = [good, text];
    const { json } = await submitPictures(user, files);
    const id = json.assembly_id;
    await putFile(json.uploads[0], good);
    await received(user, id, good.bytes.length);
    await s3.send(new DeleteObjectCommand(uploadPlace(id, md5Of(good.bytes))));
    await putFile(json.uploads[1], text);
    const failed = await ended(user, id);
    expect(failed).toMatchObject({
      status: 'failed',
      error_category: 'FILE_ERROR',
      file_errors: [
        { error_code: 'file_missing', error: 'The file “good.jpg” is no longer in the bucket.' },
        { error_code: 'not_an_image' },
      ],
    });
    expect((await statusOf(user, id, FRENCH)).json.file_errors[0]).toMatchObject({
      error: 'Le fichier « good.jpg » ne se trouve plus dans le compartiment.',
    });

    const again = await submitPictures(user, files);
    expect(again.status).toBe(202);
    expect(again.json).toMatchObject({
      status: 'uploading',
      restarted: true,
      attempt: 2,
      bytes_received: text.bytes.length,
    });
    expect(again.json).not.toHaveProperty('queued_at');
    const [missing, ...others] = asked(again.json);
    expect([missing?.id, others]).toEqual([md5Of(good.bytes), []]);
    await putFile(missing as SubmittedUpload, good);
    expect(await ended(user, id)).toMatchObject({
      status: 'partial',
      attempt: 2,
      result: { pictures: 1, thumbnails: 2 },
    });
  });
});

/** DESIGN: the names of the first submission hold until a restart takes new ones. A size that was wrong holds for ever. */
test('a new attempt takes what its own submission says of the files', async () => {
  const user = newUser();
  const file = textFile('notes.txt', 'Notes again.', 'text/plain');
  const id = await uploadPictures(user, [file]);
  await ended(user, id);
  const renamed = { ...file, name: 'picture.jpg', mime: 'image/jpeg' };
  expect((await submitPictures(user, [renamed])).json).toMatchObject({
    assembly_id: id,
    restarted: true,
    uploads: [{ name: 'picture.jpg', mime: 'image/jpeg' }],
  });
});
