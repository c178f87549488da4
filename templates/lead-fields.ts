import * as z from 'zod';
import { LANGUAGES } from '../lib/domain/language.ts';

/** What somebody may hand in to show who they are and what they earn. */
export const DOCUMENT_KINDS = [
  'identity',
  'proof_of_income',
  'bank_statement',
  'employment_contract',
  'tax_notice',
] as const;

const name = z.string().min(1).max(200);
const amount = z.number().min(0).max(10_000_000);

const Document = z.strictObject({
  kind: z.enum(DOCUMENT_KINDS),
  /** Whether somebody, or something, has found it genuine. */
  verified: z.boolean(),
  /** The name that stands on it. */
  issued_to: name.optional(),
  /** The monthly income that it shows, in the currency of the lead. */
  monthly_income: amount.optional(),
  /** Its number, as it stands on it. */
  number: z.string().min(1).max(64).optional(),
});

/** Somebody who applies to rent a home. All amounts are of one month and of one currency. */
export const LeadFields = z.strictObject({
  /** What you call it; send it as the `reference` of the submission as well. Source: seed 004, `lead_id`. */
  lead_id: z.string().min(1).max(128),
  applicant: z.strictObject({
    name,
    email: z.email().max(254).optional(),
    phone: z
      .string()
      .regex(/^\+?[0-9 ()./-]{5,30}$/, 'must be a telephone number')
      .optional(),
  }),
  /** After taxes. Without it nothing can be said: the evaluation fails as `InsufficientData`. */
  monthly_income: amount.optional(),
  monthly_rent: amount,
  /** Instalments of loans and the like. */
  monthly_debt: amount.default(0),
  /** Whole months with the present employer. */
  employment_months: z.number().int().min(0).max(800).default(0),
  credit_score: z.number().int().min(300).max(850).optional(),
  documents: z.array(Document).max(20).default([]),
  /** What else there is to say. Only a model reads it. */
  notes: z.string().max(2_000).optional(),
  /** Of the explanations. */
  language: z.enum(LANGUAGES).default('en'),
  /** The assembly id is a hash of the fields, so another nonce evaluates the same once more. */
  nonce: z.string().max(128).optional(),
});
export type LeadFields = z.infer<typeof LeadFields>;
