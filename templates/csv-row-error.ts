import type { Sentence } from '../lib/domain/language.ts';
import type { CellFault } from './csv-cell-check.ts';
import type { CsvCondition, CsvRule } from './csv-rule.ts';
import type { CsvValue } from './csv-value.ts';

/** One thing that is wrong with a row. */
export interface RowError extends CellFault {
  /** Of the data, from 1: the header and empty lines do not count. */
  readonly row: number;
  /** Where the row begins in the file. */
  readonly line: number;
  /** Which cell; absent where it is the whole row. */
  readonly column?: string;
  /** What stands in the cell. For the report alone: the status holds nothing of what a file says. */
  readonly value?: string;
  /** Where the schema has words of its own. */
  readonly message?: Sentence;
}

type Params = NonNullable<CellFault['params']>;
type Say = (params: Params) => Sentence;

/** What is said of a cell, after its column. docs/csv-validation.md has the same table. */
const SENTENCES: Readonly<Record<string, Say>> = {
  value_missing: () => ({ en: 'is empty', fr: 'est vide' }),
  not_an_integer: () => ({ en: 'is not a whole number', fr: 'n’est pas un nombre entier' }),
  not_a_number: () => ({ en: 'is not a number', fr: 'n’est pas un nombre' }),
  not_a_boolean: () => ({ en: 'is neither true nor false', fr: 'n’est ni vrai ni faux' }),
  not_a_date: ({ format }) => ({ en: `is not a date (${format})`, fr: `n’est pas une date (${format})` }),
  not_a_datetime: () => ({
    en: 'is not a date with a time and an offset (2026-01-31T09:30:00-05:00)',
    fr: 'n’est pas une date avec heure et décalage (2026-01-31T09:30:00-05:00)',
  }),
  not_an_email: () => ({ en: 'is not an e-mail address', fr: 'n’est pas une adresse courriel' }),
  too_small: ({ min }) => ({ en: `is less than ${min}`, fr: `est inférieur à ${min}` }),
  too_large: ({ max }) => ({ en: `is more than ${max}`, fr: `est supérieur à ${max}` }),
  too_early: ({ min }) => ({ en: `is before ${min}`, fr: `est antérieur à ${min}` }),
  too_late: ({ max }) => ({ en: `is after ${max}`, fr: `est postérieur à ${max}` }),
  too_short: ({ min }) => ({ en: `has fewer than ${min} characters`, fr: `a moins de ${min} caractères` }),
  too_long: ({ max }) => ({ en: `has more than ${max} characters`, fr: `a plus de ${max} caractères` }),
  pattern_mismatch: () => ({ en: 'does not have the right form', fr: 'n’a pas la forme attendue' }),
  not_one_of: ({ allowed }) => ({
    en: `is none of: ${allowed}`,
    fr: `n’est aucune de ces valeurs : ${allowed}`,
  }),
  duplicate: ({ first_row }) => ({
    en: `is the same as in row ${first_row}`,
    fr: `est le même qu’à la rangée ${first_row}`,
  }),
};

/** The error for people. */
export function rowSentence({ code, column, params = {}, message }: RowError): Sentence {
  if (message) return message;
  if (code === 'wrong_cell_count')
    return {
      en: `The row has ${params.found} cells, and the header ${params.expected}.`,
      fr: `La rangée a ${params.found} cellules, et l’en-tête ${params.expected}.`,
    };
  const { en, fr } = SENTENCES[code]?.(params) ?? { en: 'is wrong', fr: 'est erroné' };
  return { en: `“${column}” ${en}.`, fr: `« ${column} » ${fr}.` };
}

/** What a broken rule asks for, where it has no message of its own. */
export function ruleSentence(rule: CsvRule): Sentence {
  const { left, operator, right, if: when, then, at_least_one = [], message } = rule;
  if (message) return message;
  if (operator)
    return {
      en: `“${left}” must be ${operator} “${right}”.`,
      fr: `« ${left} » doit être ${operator} « ${right} ».`,
    };
  if (when && then) {
    const [ifSo, must] = [conditionWords(when), conditionWords(then)];
    return { en: `If ${ifSo.en}, then ${must.en}.`, fr: `Si ${ifSo.fr}, alors ${must.fr}.` };
  }
  return {
    en: `At least one of ${at_least_one.map((name) => `“${name}”`).join(', ')} must be filled in.`,
    fr: `Au moins une de ces colonnes doit être remplie : ${at_least_one.map((name) => `« ${name} »`).join(', ')}.`,
  };
}

function conditionWords({ column, equals, not_equals, one_of, empty }: CsvCondition): Sentence {
  const words = (en: string, fr: string): Sentence => ({
    en: `“${column}” ${en}`,
    fr: `« ${column} » ${fr}`,
  });
  if (empty !== undefined)
    return empty ? words('is empty', 'est vide') : words('is not empty', 'n’est pas vide');
  if (not_equals !== undefined) return words(`is not ${show(not_equals)}`, `n’est pas ${show(not_equals)}`);
  if (equals !== undefined) return words(`is ${show(equals)}`, `est ${show(equals)}`);
  const values = (one_of ?? []).slice(0, 5).map(show).join(', ') + ((one_of ?? []).length > 5 ? ', …' : '');
  return words(`is one of ${values}`, `est une de ces valeurs : ${values}`);
}

const show = (value: CsvValue): string => String(value).slice(0, 40);
