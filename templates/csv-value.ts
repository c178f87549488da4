/** What a cell stands for, in a form that can be compared with others of its kind. */
export type CsvValue = string | number | boolean;

export const DATE_FORMATS = ['YYYY-MM-DD', 'YYYY/MM/DD', 'DD/MM/YYYY', 'MM/DD/YYYY', 'DD-MM-YYYY'] as const;
export type DateFormat = (typeof DATE_FORMATS)[number];
export const DEFAULT_DATE_FORMAT: DateFormat = 'YYYY-MM-DD';

const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/;
const INTEGER = /^[+-]?\d+$/;
const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})[Tt ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
/** Each label by itself, so that nothing is tried twice. */
const EMAIL_NAME = /^[^\s@"(),:;<>[\]\\\p{Cc}]{1,64}$/u;
const EMAIL_LABEL = /^[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u;

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', 'vrai', 'oui', '1'].map((word) => [word, true] as const),
  ...['false', 'no', 'faux', 'non', '0'].map((word) => [word, false] as const),
]);

/** A whole number that a program can hold without rounding it. */
export function parseInteger(text: string): number | undefined {
  const number = INTEGER.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number + 0 : undefined;
}

/** @param separator what stands before the decimals */
export function parseNumber(text: string, separator: '.' | ','): number | undefined {
  // Where the comma is the separator, a point is no other way to write it.
  const plain = separator === '.' ? text : text.replace(/[.,]/g, (sign) => (sign === ',' ? '.' : 'x'));
  const number = NUMBER.test(plain) ? Number(plain) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

export const parseBoolean = (text: string): boolean | undefined => BOOLEANS.get(text.toLowerCase());

/** A day that the calendar has, as a number that grows with it. */
export function parseDate(text: string, format: DateFormat): number | undefined {
  if (text.length !== format.length) return undefined;
  const part = (letter: string): number => {
    const [first, last] = [format.indexOf(letter), format.lastIndexOf(letter) + 1];
    const digits = text.slice(first, last);
    return /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
  };
  const separator = format.replace(/[A-Z]/g, '')[0] ?? '';
  for (const [index, sign] of [...format].entries())
    if (sign === separator && text[index] !== separator) return undefined;
  const [year, month, day] = [part('Y'), part('M'), part('D')];
  // The 0th day of the next month is the last of this one.
  const isDay =
    year >= 1 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  return isDay ? year * 10_000 + month * 100 + day : undefined;
}

/** A moment as RFC 3339 has it, with its offset; seconds may be left out. In nanoseconds of a second, roughly. */
export function parseDateTime(text: string): number | undefined {
  const [, date = '', hour, minute, second = '00', fraction = '', zone = ''] = DATE_TIME.exec(text) ?? [];
  if (parseDate(date, 'YYYY-MM-DD') === undefined) return undefined;
  const millis = Date.parse(`${date}T${hour}:${minute}:${second}Z`) - offsetMinutes(zone) * 60_000;
  return millis + Number(`0.${fraction || '0'}`) * 1_000;
}

function offsetMinutes(zone: string): number {
  if (zone.length === 1) return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  return zone.startsWith('-') ? -minutes : minutes;
}

/** What mail systems take, without quoted names and comments; letters of every script. */
export function isEmail(text: string): boolean {
  if (text.length > 254) return false;
  const at = text.lastIndexOf('@');
  const labels = text.slice(at + 1).split('.');
  return (
    at > 0 &&
    labels.length > 1 &&
    EMAIL_NAME.test(text.slice(0, at)) &&
    labels.every((label) => EMAIL_LABEL.test(label))
  );
}
