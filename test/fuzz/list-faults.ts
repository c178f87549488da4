import type { Answer } from './fuzz-faults.ts';

export const isList = (route: string): boolean => route === 'GET /assemblies';

/** What is wrong with whose assemblies a list shows to that user, who is no operator. */
export function listFaults(
  { statusCode, body = '{}' }: Pick<Answer, 'statusCode' | 'body'>,
  user: string,
): string[] {
  if (statusCode !== 200) return [];
  const { assemblies } = JSON.parse(body) as { assemblies: { user: { userId: string } }[] };
  const others = assemblies.filter(({ user: { userId } }) => userId !== user);
  return others.map((other) => `${user} is shown one of ${other.user.userId}`);
}
