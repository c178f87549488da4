import { type ApiAnswer, localWaybill } from '../local-cloud.ts';

export interface Expected {
  readonly status: number;
  readonly code: string;
  /** The places that the problem names; not looked at where absent. */
  readonly pointers?: readonly string[];
}

/** What every refusal has in common: a documented problem of a listed code, and nothing of the inside in it. */
export function expectProblem(answer: ApiAnswer, { status, code, pointers }: Expected): void {
  expect({ status: answer.status, code: answer.json?.code }).toEqual({ status, code });
  expect(answer.json).toMatchObject({
    type: `urn:waybill:problem:${code}`,
    title: expect.stringMatching(/./),
    status,
    detail: expect.stringMatching(/./),
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': expect.stringMatching(/^[\w-]+$/),
    ...(status === 401 && { 'www-authenticate': expect.stringMatching(/./) }),
  });
  if (pointers) expect(placesOf(answer)).toEqual(new Set(pointers));
  expectNoLeak(answer.json);
}

const placesOf = ({ json }: ApiAnswer): Set<string> =>
  new Set(json.errors?.map(({ pointer }: { pointer: string }) => pointer));

/** Stack frames, files, and what the parts of a deployment are called. */
const LEAK =
  /\bat .*:\d+:\d+|\n\s+at |node_modules|node:|file:\/\/|\.[cm]?[jt]s\b|\/(work|tmp|var|home)\/|arn:aws|native code/;

/** No text of the answer, key or value, says anything of the inside. */
export function expectNoLeak(json: unknown): void {
  const leaks = textsOf(json).filter(
    (text) => LEAK.test(text) || insideNames().some((name) => text.includes(name)),
  );
  expect(leaks).toEqual([]);
}

function insideNames(): string[] {
  const { tables, queues, functions, buckets, credentials, jwt, ...local } = localWaybill();
  return [
    ...[tables, queues, functions, buckets, credentials].flatMap((names) => Object.values(names)),
    ...[jwt.secret, local.read_secret, local.update_secret, local.webhook_secret],
    ...[local.dynamodb_endpoint, local.sqs_endpoint, local.lambda_endpoint, local.s3_endpoint],
  ];
}

const textsOf = (value: unknown): string[] => {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...textsOf(item)]);
};
