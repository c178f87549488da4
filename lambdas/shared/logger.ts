import { Logger } from '@aws-lambda-powertools/logger';
import { WaybillLogFormatter } from './log-formatter.ts';
import { maskSecrets } from './mask-secrets.ts';

/** Members that hold nothing else, whatever their value looks like: a header can be a list. */
const SECRET_KEY = /authorization|cookie|password|secret|signature|credential|token/i;

/**
 * JSON lines to CloudWatch, each with the ids of `logContext`. Never log a request, an event or a header: they hold tokens and
 * private fields. What slips in with somebody else's error is masked here, in every text of every line.
 */
export const logger = new Logger({
  serviceName: 'waybill',
  logFormatter: new WaybillLogFormatter(),
  jsonReplacerFn: (key, value) => {
    if (SECRET_KEY.test(key) && (typeof value === 'string' || typeof value === 'object')) return '[masked]';
    return typeof value === 'string' ? maskSecrets(value) : value;
  },
});
