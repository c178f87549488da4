import { LogFormatter, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import { logContext } from './log-context.ts';

type FormattedError = ReturnType<LogFormatter['formatError']>;

/** A line of the log: what was said, for which request and assembly, and of an error only what nobody else has put into it. */
export class WaybillLogFormatter extends LogFormatter {
  override formatAttributes(
    { logLevel, message, timestamp, serviceName, xRayTraceId }: UnformattedAttributes,
    said: LogAttributes,
  ): LogItem {
    return new LogItem({
      attributes: {
        level: logLevel,
        message,
        timestamp: this.formatTimestamp(timestamp),
        service: serviceName,
        ...logContext.current(),
        ...(xRayTraceId !== undefined && { xray_trace_id: xRayTraceId }),
        ...said,
      },
    });
  }

  /**
   * Not all members, as Powertools would write them: an error of DynamoDB holds the item, one of S3 what was signed, one of a
   * token its claims.
   */
  override formatError(error: Error): FormattedError {
    const { name, message, stack, cause, code, $metadata } = error as Error & {
      readonly code?: unknown;
      readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
    };
    return {
      name,
      message,
      ...(typeof code === 'string' && { code }),
      ...($metadata && { http_status: $metadata.httpStatusCode, aws_request_id: $metadata.requestId }),
      stack,
      ...(cause instanceof Error && { cause: this.formatError(cause) }),
    } as FormattedError;
  }
}
