import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { isAssemblyId } from '../../lib/domain/identifier.ts';
import { logContext } from '../shared/log-context.ts';
import { logMetrics, type Measured } from '../shared/metric.ts';

type Answer = APIGatewayProxyStructuredResultV2;
type Check = (event: unknown, context: Context) => Promise<Answer>;

/** Counts what each check was answered, over HTTP and directly. Nothing but one line of the log comes of it. */
export const countingChecks =
  (check: Check): Check =>
  (event, context) =>
    logContext.run({ ...logContext.of(context), ...idOf(event) }, async () => {
      const answer = await check(event, context);
      logMetrics({ name: 'StatusChecks', value: 1, by: resultOf(answer.statusCode ?? 200) });
      return answer;
    });

/** Of a direct call; the id of a request over HTTP is in its path. */
function idOf(event: unknown): { readonly assembly_id?: string } {
  const { assemblyId } = (event ?? {}) as { readonly assemblyId?: unknown };
  return typeof assemblyId === 'string' && isAssemblyId(assemblyId) ? { assembly_id: assemblyId } : {};
}

function resultOf(statusCode: number): (Measured & { readonly name: 'StatusChecks' })['by'] {
  if (statusCode < 300) return 'found';
  if (statusCode === 304) return 'not_modified';
  if (statusCode === 401 || statusCode === 403) return 'unauthenticated';
  if (statusCode === 404) return 'not_found';
  return statusCode < 500 ? 'invalid' : 'unavailable';
}
