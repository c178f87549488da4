// Runs inside a worker thread, and plays the part of Lambda's Node.js runtime. Plain JavaScript: stripping types
// in each new thread would double its start time (20 ms to 45 ms).
import { registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

// A package that a bundle leaves out, such as a native addon, lies beside it in a deployment. Here the one of this
// project serves, which is built for this machine.
registerHooks({
  resolve(specifier, context, nextResolve) {
    try {
      return nextResolve(specifier, context);
    } catch (error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND' || /^[./]|^\w+:/.test(specifier)) throw error;
      return nextResolve(specifier, { ...context, parentURL: import.meta.url });
    }
  },
});

/** A stack without the lines of this file and below: they tell a developer nothing. */
function ownLines(stack) {
  const lines = stack.split('\n');
  const end = lines.findIndex((line) => line.includes(import.meta.url));
  return end < 0 ? lines : lines.slice(0, end);
}

/** What Lambda's runtime reports for something thrown. */
function describe(thrown) {
  if (!(thrown instanceof Error)) {
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  }
  return {
    errorType: thrown.name,
    errorMessage: thrown.message,
    trace: ownLines(thrown.stack ?? ''),
  };
}

function describeLoadError(error) {
  const description = describe(error);
  if (error?.code === 'ERR_MODULE_NOT_FOUND')
    return { ...description, errorType: 'Runtime.ImportModuleError' };
  if (error instanceof SyntaxError) return { ...description, errorType: 'Runtime.UserCodeSyntaxError' };
  return description;
}

async function loadHandler() {
  let module;
  try {
    module = await import(workerData.url);
  } catch (error) {
    return { failure: describeLoadError(error) };
  }
  const handler = module[workerData.exportName] ?? module.default?.[workerData.exportName];
  if (typeof handler === 'function') return { handler };
  const errorMessage = `${workerData.handler} is undefined or not exported`;
  return { failure: { errorType: 'Runtime.HandlerNotFound', errorMessage, trace: [] } };
}

async function run(handler, { event, requestId, deadline }) {
  const context = {
    ...workerData.context,
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  try {
    const result = await handler(JSON.parse(event), context);
    return { result: JSON.stringify(result) ?? 'null' };
  } catch (error) {
    return { failure: describe(error) };
  }
}

const { handler, failure } = await loadHandler();
parentPort.on('message', async (message) => parentPort.postMessage(await run(handler, message)));
parentPort.postMessage(failure ? { failure } : { ready: true });
