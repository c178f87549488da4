/** A refusal of an AWS service: `code` is the part of `__type` after "#". */
export class AwsCallError extends Error {
  override readonly name = 'AwsCallError';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

// The services here verify no signature, but want to see one: region and service are read from it.
const authorization = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=LOCALCLOUD/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;

/**
 * One call in the AWS JSON 1.0 protocol. Raw HTTP, not the SDK: it starts faster, and the SDK drops the
 * `userIdentity` of stream records.
 * @param target such as `DynamoDB_20120810.CreateTable` or `AmazonSQS.ReceiveMessage`
 */
export async function awsJsonCall<T>(
  endpoint: string,
  target: string,
  body: object,
  signal?: AbortSignal,
): Promise<T> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': target,
      'x-amz-date': '20260101T000000Z',
      authorization: authorization(target.startsWith('AmazonSQS') ? 'sqs' : 'dynamodb'),
    },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });
  const answer = (await response.json()) as T & { __type?: string; message?: string };
  if (response.ok) return answer;
  const code = answer.__type?.split('#').at(-1) ?? String(response.status);
  throw new AwsCallError(code, `${target}: ${code}: ${answer.message ?? JSON.stringify(answer)}`);
}
