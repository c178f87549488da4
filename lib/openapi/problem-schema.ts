import { type ErrorCode, problemOf } from '../domain/waybill-error.ts';
import { type JsonSchema, type SchemaName, schemaRef } from './schemas.ts';

/** Those that show more than every problem does. */
const SHAPES: Partial<Record<ErrorCode, SchemaName>> = {
  stale_update: 'StaleUpdate',
  illegal_transition: 'Conflict',
  already_ended: 'Conflict',
  retries_exhausted: 'Conflict',
};

/** A problem of one of these codes, which share a status. */
export function problemSchema(codes: readonly ErrorCode[]): JsonSchema {
  const byShape = Map.groupBy(codes, (code) => SHAPES[code] ?? 'Problem');
  const schemas = [...byShape].map(([shape, its]) => ({
    ...schemaRef(shape),
    type: 'object' as const,
    properties: {
      type: { enum: its.map((code) => `urn:waybill:problem:${code}`) },
      status: { const: problemOf(its[0] as ErrorCode).status },
      code: { enum: [...its] },
    },
  }));
  return schemas.length === 1 ? (schemas[0] as JsonSchema) : { anyOf: schemas };
}
