import type * as z from 'zod';
import { isAssemblyId } from '../../lib/domain/identifier.ts';
import { jsonPointer } from '../../lib/domain/json.ts';
import { type ErrorCode, WaybillError } from '../../lib/domain/waybill-error.ts';

/** A schema of zod, of either build. */
interface Schema<T> {
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: z.core.$ZodError };
}

/** Nobody reads more places than these, and a hostile body could have thousands. */
const MAX_FAULTS = 20;

/**
 * `value` as the schema has it.
 * @param root the pointer of `value` in the request
 * @throws WaybillError with `code` and a pointer per place that is refused
 */
export function parseWith<T>(
  schema: Schema<T>,
  value: unknown,
  { code = 'invalid_request', root = '' }: { code?: ErrorCode; root?: string } = {},
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({
            pointer: root + jsonPointer([...issue.path, key]),
            detail: 'is not known',
          }))
        : [{ pointer: root + jsonPointer(issue.path), detail: issue.message }],
    )
    .slice(0, MAX_FAULTS);
  throw new WaybillError(code, `${errors.length} place(s) in the request are refused; see "errors".`, {
    errors,
  });
}

/** @throws WaybillError `invalid_id` */
export function parseAssemblyId(text: string | undefined): string {
  if (text !== undefined && isAssemblyId(text)) return text;
  throw new WaybillError('invalid_id', 'An assembly id has 64 digits, 0-9 and a-f in lower case.');
}

/** A query parameter that is a whole number from 1, where it is there. */
export function parseWholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new WaybillError('invalid_request', `"${name}" must be a whole number from 1.`);
}
