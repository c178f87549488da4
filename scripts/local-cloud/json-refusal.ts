import type { ApiAnswer } from './aws-api.ts';

/** The services whose errors are JSON. */
export type JsonService = 'dynamodb' | 'lambda' | 'secretsmanager' | 'sqs';

export type RefusalKind =
  | 'accessDenied'
  | 'noKey'
  | 'unknownKey'
  | 'unknownOperation'
  | 'throttle'
  | 'serverError';

/** Status, code, and, for SQS, the code of its older protocol, under which SDKs report it still. */
type Refusal = readonly [status: number, code: string, queryCode?: string];

/**
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 * https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-json-api-responses.html
 */
const REFUSALS: Readonly<Record<JsonService, Readonly<Record<RefusalKind, Refusal>>>> = {
  dynamodb: {
    accessDenied: [400, 'AccessDeniedException'],
    noKey: [400, 'MissingAuthenticationTokenException'],
    unknownKey: [400, 'UnrecognizedClientException'],
    unknownOperation: [400, 'UnknownOperationException'],
    throttle: [400, 'ProvisionedThroughputExceededException'],
    serverError: [500, 'InternalServerError'],
  },
  lambda: {
    accessDenied: [403, 'AccessDeniedException'],
    noKey: [403, 'MissingAuthenticationTokenException'],
    unknownKey: [403, 'UnrecognizedClientException'],
    unknownOperation: [404, 'UnknownOperationException'],
    throttle: [429, 'TooManyRequestsException'],
    serverError: [500, 'ServiceException'],
  },
  secretsmanager: {
    accessDenied: [400, 'AccessDeniedException'],
    noKey: [400, 'MissingAuthenticationTokenException'],
    unknownKey: [400, 'UnrecognizedClientException'],
    unknownOperation: [400, 'UnknownOperationException'],
    throttle: [400, 'ThrottlingException'],
    serverError: [500, 'InternalServiceError'],
  },
  sqs: {
    accessDenied: [403, 'AccessDeniedException', 'AccessDenied'],
    noKey: [403, 'MissingAuthenticationTokenException', 'MissingAuthenticationToken'],
    unknownKey: [403, 'UnrecognizedClientException', 'InvalidClientTokenId'],
    unknownOperation: [400, 'UnknownOperationException', 'InvalidAction'],
    throttle: [403, 'RequestThrottled', 'RequestThrottled'],
    serverError: [500, 'InternalFailure', 'InternalFailure'],
  },
};

/** Says that no table was too hot and no service down: somebody will read it in a log. */
export const FAULT_MESSAGE = 'A fault that the local cloud was asked to inject.';

export function jsonRefusal(service: JsonService, kind: RefusalKind, message: string): ApiAnswer {
  const [status, code, queryCode] = REFUSALS[service][kind];
  const fault = status < 500 ? 'Sender' : 'Receiver';
  return {
    status,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-errortype': code,
      ...(queryCode && { 'x-amzn-query-error': `${queryCode};${fault}` }),
    },
    // Some services write Message, others message; SDKs read both.
    body: JSON.stringify({ __type: code, Message: message, message }),
  };
}
