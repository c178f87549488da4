import type { StepLog } from '../../lib/domain/template.ts';
import { logger } from './logger.ts';

/** What a template may say in the log. */
export const stepLog: StepLog = {
  info: (message, extra = {}) => logger.info(message, extra),
  warn: (message, extra = {}) => logger.warn(message, extra),
};
