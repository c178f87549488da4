import { isExpired } from '../../lib/domain/assembly.ts';
import type { Answer } from './fuzz-faults.ts';
import type { RouteRequest } from './route-requests.ts';

/** Whether the request asks for many statuses: then the answer is 200 whatever stands there, and says the rest in its body. */
export const asksForMany = (route: string, { query = {} }: Pick<RouteRequest, 'query'>): boolean =>
  route === 'POST /assemblies/batch-status' ||
  (/^GET \/(assemblies\/\{assembly_id\}|status)$/.test(route) && query.batch === 'true');

/** What is wrong with what the answer to such a request tells of the assembly that is there. */
export function batchStatusFaults(
  { stored }: Pick<RouteRequest, 'stored'>,
  { statusCode, body = '{}' }: Pick<Answer, 'statusCode' | 'body'>,
  isTheirs: boolean,
): string[] {
  if (!stored || statusCode !== 200) return [];
  const { statuses = {} } = JSON.parse(body) as { statuses?: Record<string, unknown> };
  const told = statuses[stored.assembly_id];
  if (told === undefined) return [];
  const isShown = isTheirs && !isExpired(stored, new Date());
  if (isShown && told === null) return ['null is told of what is theirs'];
  return isShown || told === null ? [] : ['something is told of what is not theirs, or gone'];
}
