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

/** The size of a page, where it is there. */
export function parseLimit(
  text: string | undefined,
  { most, otherwise }: { readonly most: number; readonly otherwise: number },
): number {
  if (text === undefined) return otherwise;
  const limit = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= most) return limit;
  throw new WaybillError('invalid_request', `"limit" must be a whole number from 1 to ${most}.`);
}

/** A query parameter that is one of these, where it is there. */
export function parseOneOf<Value extends string>(
  name: string,
  text: string | undefined,
  values: readonly Value[],
): Value | undefined {
  const value = values.find((each) => each === text);
  if (text === undefined || value !== undefined) return value;
  throw new WaybillError('invalid_request', `"${name}" must be one of ${values.join(', ')}.`);
}

/** A query parameter that is `true` or `false`, and false where it is not there. */
export function parseFlag(name: string, text: string | undefined): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw new WaybillError('invalid_request', `"${name}" must be true or false.`);
}
