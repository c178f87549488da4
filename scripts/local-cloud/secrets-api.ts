import { randomUUID } from 'node:crypto';
import type { ApiAnswer } from './aws-api.ts';
import type { Permission } from './iam-policy.ts';
import { findSecret, type Secret } from './secret-store.ts';

interface SecretRequest {
  readonly SecretId?: string;
  readonly SecretString?: string;
  readonly VersionId?: string;
  readonly VersionStage?: string;
}

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const SECRET_LIMIT_BYTES = 65_536;

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html */
export function secretsPermissions(action: string, body: string, secrets: readonly Secret[]): Permission[] {
  const { SecretId = '' } = JSON.parse(body || '{}') as SecretRequest;
  const resource = findSecret(secrets, SecretId)?.arn ?? SecretId;
  return [{ action: `secretsmanager:${action}`, resource }];
}

/** GetSecretValue and PutSecretValue, in the AWS JSON 1.1 protocol; only the current version is kept. */
export function answerSecretsApi(action: string, body: string, secrets: readonly Secret[]): ApiAnswer {
  const request = JSON.parse(body || '{}') as SecretRequest;
  const secret = findSecret(secrets, request.SecretId ?? '');
  if (!secret)
    return refusal('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  if (action === 'GetSecretValue') return getSecretValue(secret, request);
  if (action === 'PutSecretValue') return putSecretValue(secret, request);
  return refusal('InvalidRequestException', `The local cloud doesn't know secretsmanager.${action}.`);
}

function getSecretValue(secret: Secret, { VersionId, VersionStage }: SecretRequest): ApiAnswer {
  const isCurrent = (VersionId ?? secret.versionId) === secret.versionId;
  if (!isCurrent || (VersionStage ?? 'AWSCURRENT') !== 'AWSCURRENT') {
    const wanted = VersionId ? `VersionId: ${VersionId}` : `staging label: ${VersionStage}`;
    return refusal(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for ${wanted}`,
    );
  }
  return json({
    ...common(secret),
    SecretString: secret.value,
    CreatedDate: secret.createdAt.getTime() / 1000,
  });
}

function putSecretValue(secret: Secret, { SecretString }: SecretRequest): ApiAnswer {
  if (SecretString === undefined)
    return refusal('InvalidParameterException', 'You must provide SecretString.');
  if (Buffer.byteLength(SecretString) > SECRET_LIMIT_BYTES)
    return refusal('ValidationException', `SecretString has more than ${SECRET_LIMIT_BYTES} bytes.`);
  secret.value = SecretString;
  secret.versionId = randomUUID();
  secret.createdAt = new Date();
  return json(common(secret));
}

const common = ({ arn, name, versionId }: Secret): object => ({
  ARN: arn,
  Name: name,
  VersionId: versionId,
  VersionStages: ['AWSCURRENT'],
});

const headers = { 'content-type': 'application/x-amz-json-1.1' };
const json = (body: object): ApiAnswer => ({ status: 200, headers, body: JSON.stringify(body) });
const refusal = (code: string, message: string): ApiAnswer => ({
  status: 400,
  headers: { ...headers, 'x-amzn-errortype': code },
  body: JSON.stringify({ __type: code, Message: message, message }),
});
