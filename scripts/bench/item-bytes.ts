/** What DynamoDB bills for an item beside its content: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
const OVERHEAD_BYTES = 100;

/** About the size of an item of strings, numbers and booleans, as storage is billed. */
export function itemBytes(item: Readonly<Record<string, unknown>>): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    OVERHEAD_BYTES,
  );
}

function valueBytes(value: unknown): number {
  if (typeof value === 'number') return Math.ceil(String(value).length / 2) + 1;
  if (typeof value === 'boolean' || value === null) return 1;
  return Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));
}
