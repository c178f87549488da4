import { Logger } from '@aws-lambda-powertools/logger';

/** JSON lines to CloudWatch. Never log a request, an event or a header: they hold tokens and private fields. */
export const logger = new Logger({ serviceName: 'waybill' });
