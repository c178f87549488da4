import { AsyncLocalStorage } from 'node:async_hooks';

/** What every line of the log carries that is written for one request, message or record. */
export interface LogContext {
  /** Of API Gateway, as `x-request-id` answers it, or of Lambda where nobody asked over HTTP. */
  readonly request_id?: string;
  readonly function_name?: string;
  readonly assembly_id?: string;
  readonly message_id?: string;
}

const storage = new AsyncLocalStorage<LogContext>();

/** What of Lambda's context goes into the log; tests call handlers without one. */
type Invocation = { readonly awsRequestId?: string; readonly functionName?: string } | undefined;

/**
 * Follows the work through everything that it awaits: the records of a batch are handled side by side, and keys that were set
 * on the logger would be those of whichever came last.
 */
export const logContext = {
  /** Runs it with these keys beside those of the context around it. */
  run: <Result>(keys: LogContext, work: () => Result): Result =>
    storage.run({ ...storage.getStore(), ...keys }, work),

  /** Adds to the context around it, for what is known only on the way. */
  add(keys: LogContext): void {
    const around = storage.getStore();
    if (around) Object.assign(around, keys);
  },

  current: (): LogContext => storage.getStore() ?? {},

  of: (invocation: Invocation): LogContext => ({
    ...(invocation?.awsRequestId && { request_id: invocation.awsRequestId }),
    ...(invocation?.functionName && { function_name: invocation.functionName }),
  }),
};
