import type { ScoredLead } from '../../templates/lead-scorecard.ts';

/** A lead that ends as the example of seed 004: 82 points, A, approve, `employment_duration_short`. */
export const sampleLead = (changes: Partial<ScoredLead> = {}): ScoredLead => ({
  lead_id: 'lead_xyz789',
  applicant: { name: 'Ada Quill', email: 'ada@example.com', phone: '+44 20 7946 0018' },
  monthly_income: 3_500,
  monthly_rent: 1_000,
  monthly_debt: 0,
  employment_months: 8,
  credit_score: 760,
  documents: [
    { kind: 'identity', verified: true, issued_to: 'Quill Ada', number: 'X-100' },
    { kind: 'proof_of_income', verified: true, monthly_income: 3_450 },
    { kind: 'bank_statement', verified: true },
  ],
  language: 'en',
  ...changes,
});
