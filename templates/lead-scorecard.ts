import type { Sentence } from '../lib/domain/language.ts';
import type { LeadFields } from './lead-fields.ts';

/** Part of `model_version`: to be changed with any number below, so that two scores can be told apart. */
export const SCORECARD_VERSION = 'scorecard-2026-11';

/** A lead of which the income is known. */
export type ScoredLead = LeadFields & { readonly monthly_income: number };

interface Rule {
  readonly id: string;
  /** The figure that it looks at; undefined where it is not known. */
  measure(lead: ScoredLead): number | undefined;
  /** The first whose bound the figure keeps to gives the points; none of them, 0. */
  readonly bands: readonly { readonly atLeast?: number; readonly atMost?: number; readonly points: number }[];
  /** Points where the figure is not known. */
  readonly unknown?: number;
  /** Raised where it gives fewer points than `below`. */
  readonly flag: { readonly id: string; readonly below: number };
  /** The figure in words. */
  why(figure: number | undefined): Sentence;
}

const percentOfIncome = (amount: number, { monthly_income }: ScoredLead): number =>
  monthly_income === 0 ? Number.POSITIVE_INFINITY : Math.round((1_000 * amount) / monthly_income) / 10;

const percent = (figure = 0, language: 'en' | 'fr' = 'en'): string => {
  const value = Number.isFinite(figure) ? String(figure) : '∞';
  return language === 'fr' ? `${value.replace('.', ',')} %` : `${value} %`;
};

/** Documents that everybody has to hand in. */
export const NEEDED_DOCUMENTS = ['identity', 'proof_of_income', 'bank_statement'] as const;

const verifiedDocuments = ({ documents }: ScoredLead): number =>
  NEEDED_DOCUMENTS.filter((needed) => documents.some(({ kind, verified }) => kind === needed && verified))
    .length;

/** What counts, and for how much: 100 points in all. A figure that counts differently makes a new version. */
export const RULES: readonly Rule[] = [
  {
    id: 'rent_to_income',
    measure: (lead) => percentOfIncome(lead.monthly_rent, lead),
    bands: [
      { atMost: 25, points: 30 },
      { atMost: 30, points: 26 },
      { atMost: 35, points: 20 },
      { atMost: 40, points: 12 },
      { atMost: 50, points: 4 },
    ],
    flag: { id: 'rent_burden_high', below: 12 },
    why: (figure) => ({
      en: `The rent is ${percent(figure)} of the income.`,
      fr: `Le loyer représente ${percent(figure, 'fr')} des revenus.`,
    }),
  },
  {
    id: 'employment_duration',
    measure: ({ employment_months }) => employment_months,
    bands: [
      { atLeast: 36, points: 20 },
      { atLeast: 24, points: 17 },
      { atLeast: 12, points: 12 },
      { atLeast: 6, points: 6 },
      { atLeast: 3, points: 3 },
    ],
    flag: { id: 'employment_duration_short', below: 12 },
    why: (figure) => ({
      en: `Months with the present employer: ${figure}.`,
      fr: `Mois chez l’employeur actuel : ${figure}.`,
    }),
  },
  {
    id: 'credit_score',
    measure: ({ credit_score }) => credit_score,
    bands: [
      { atLeast: 740, points: 20 },
      { atLeast: 670, points: 15 },
      { atLeast: 580, points: 8 },
    ],
    unknown: 5,
    flag: { id: 'credit_weak_or_unknown', below: 8 },
    why: (figure) =>
      figure === undefined
        ? { en: 'The credit score is not known.', fr: 'La cote de crédit n’est pas connue.' }
        : { en: `The credit score is ${figure}.`, fr: `La cote de crédit est de ${figure}.` },
  },
  {
    id: 'debt_to_income',
    measure: (lead) => percentOfIncome(lead.monthly_rent + lead.monthly_debt, lead),
    bands: [
      { atMost: 36, points: 10 },
      { atMost: 43, points: 6 },
      { atMost: 50, points: 3 },
    ],
    flag: { id: 'debt_burden_high', below: 3 },
    why: (figure) => ({
      en: `Rent and debts are ${percent(figure)} of the income.`,
      fr: `Loyer et dettes représentent ${percent(figure, 'fr')} des revenus.`,
    }),
  },
  {
    id: 'documents',
    measure: verifiedDocuments,
    bands: [
      { atLeast: 3, points: 15 },
      { atLeast: 2, points: 10 },
      { atLeast: 1, points: 5 },
    ],
    flag: { id: 'documents_missing', below: 15 },
    why: (figure) => ({
      en: `Verified documents of the ${NEEDED_DOCUMENTS.length} needed: ${figure}.`,
      fr: `Documents vérifiés sur les ${NEEDED_DOCUMENTS.length} requis : ${figure}.`,
    }),
  },
  {
    id: 'contact',
    measure: ({ applicant: { email, phone } }) => [email, phone].filter(Boolean).length,
    bands: [
      { atLeast: 2, points: 5 },
      { atLeast: 1, points: 3 },
    ],
    flag: { id: 'contact_missing', below: 3 },
    why: (figure) => ({
      en: `Ways to reach the applicant: ${figure}.`,
      fr: `Moyens de joindre le candidat : ${figure}.`,
    }),
  },
];

/** The first that the score reaches. */
export const LABELS = [
  { label: 'A', from: 80 },
  { label: 'B', from: 65 },
  { label: 'C', from: 50 },
  { label: 'D', from: 35 },
  { label: 'E', from: 20 },
  { label: 'F', from: 0 },
] as const;

/** From which score on; and no signal of fraud, or it is a person's to look at, whatever the score. */
export const APPROVE_FROM = 70;
export const REVIEW_FROM = 40;
/** So many signals of fraud reject it. */
export const REJECTING_SIGNALS = 2;

/** Of the income that was stated: a bonus or a short month explains a tenth, not a fifth. */
const INCOME_MISMATCH = 0.2;
const THROWAWAY_DOMAINS = ['mailinator.com', 'guerrillamail.com', '10minutemail.com', 'yopmail.com'];

const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .sort()
    .join(' ');

/** What nobody honest would have on the form. Such a signal takes no points: it decides who decides. */
export const FRAUD_SIGNALS: readonly {
  readonly id: string;
  isSeenIn(lead: ScoredLead): boolean;
}[] = [
  {
    id: 'income_mismatch',
    isSeenIn: ({ monthly_income, documents }) =>
      documents.some(
        ({ monthly_income: shown }) =>
          shown !== undefined && Math.abs(shown - monthly_income) > INCOME_MISMATCH * monthly_income,
      ),
  },
  {
    id: 'document_of_another_person',
    isSeenIn: ({ applicant, documents }) =>
      documents.some(
        ({ issued_to }) => issued_to !== undefined && plain(issued_to) !== plain(applicant.name),
      ),
  },
  {
    id: 'document_number_repeated',
    isSeenIn: ({ documents }) => {
      const numbers = documents.flatMap(({ number }) => (number === undefined ? [] : [number]));
      return new Set(numbers).size < numbers.length;
    },
  },
  {
    id: 'throwaway_email',
    isSeenIn: ({ applicant: { email = '' } }) =>
      THROWAWAY_DOMAINS.includes(email.split('@').at(-1)?.toLowerCase() ?? ''),
  },
];
