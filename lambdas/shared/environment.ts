import type { EnvName } from '../../lib/bindings.ts';

/**
 * The named variables, all of them or an error that lists every missing one at once.
 * Only handler.ts files call it, with `process.env`.
 */
export function readEnvironment<Name extends EnvName>(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly Name[],
): Record<Name, string> {
  const missing = names.filter((name) => environment[name] === undefined);
  if (missing.length > 0) throw new Error(`Missing environment variables: ${missing.join(', ')}`);
  return Object.fromEntries(names.map((name) => [name, environment[name]])) as Record<Name, string>;
}
