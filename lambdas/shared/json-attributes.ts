/**
 * Free-form JSON is stored as text: DynamoDB's own maps hold neither 1e200 nor 33 levels, and what is in it is read far more
 * often than anything looks inside.
 */
export function jsonAttributes(names: readonly string[]) {
  const map = (
    record: Readonly<Record<string, unknown>>,
    change: (value: unknown) => unknown,
  ): Record<string, unknown> => {
    const mapped = { ...record };
    for (const name of names) if (mapped[name] !== undefined) mapped[name] = change(mapped[name]);
    return mapped;
  };
  return {
    toText: (record: Readonly<Record<string, unknown>>) => map(record, JSON.stringify),
    fromText: (record: Readonly<Record<string, unknown>>) =>
      map(record, (value) => JSON.parse(String(value))),
  };
}
