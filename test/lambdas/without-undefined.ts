/** As a table holds it, which knows no undefined. A loop, because the simulation does it millions of times. */
export function withoutUndefined<T extends object>(object: T): T {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object)) if (value !== undefined) kept[name] = value;
  return kept as T;
}
