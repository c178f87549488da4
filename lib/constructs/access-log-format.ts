import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';

/**
 * A line of JSON for each request to the API. No header and no query: tokens are in the ones, and signatures of links in
 * the other, while `path` has none. What a client can choose freely (User-Agent) is not in it either.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
export const ACCESS_LOG_FORMAT = AccessLogFormat.custom(
  JSON.stringify({
    time: '$context.requestTime',
    request_id: '$context.requestId',
    method: '$context.httpMethod',
    route: '$context.routeKey',
    path: '$context.path',
    status: '$context.status',
    latency_ms: '$context.responseLatency',
    function_latency_ms: '$context.integrationLatency',
    function_error: '$context.integrationErrorMessage',
    response_bytes: '$context.responseLength',
    ip: '$context.identity.sourceIp',
  }),
);
