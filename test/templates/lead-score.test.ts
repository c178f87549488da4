import fc from 'fast-check';
import { LeadFields } from '../../templates/lead-fields.ts';
import { type Evaluating, scoreLead } from '../../templates/lead-score.ts';
import { FRAUD_SIGNALS, RULES, type ScoredLead } from '../../templates/lead-scorecard.ts';
import { sampleLead } from './sample-lead.ts';

const RUN: Evaluating = {
  assemblyId: 'a'.repeat(64),
  attempt: 1,
  now: new Date('2025-12-17T10:00:12.000Z'),
};
const score = (changes: Partial<ScoredLead> = {}, run: Partial<Evaluating> = {}) =>
  scoreLead(sampleLead(changes), { ...RUN, ...run });
const pointsOf = (rule: string, changes: Partial<ScoredLead>): number | undefined =>
  score(changes).points.find((point) => point.rule === rule)?.points;

const opinion = (changes: Partial<NonNullable<Evaluating['opinion']>> = {}) => ({
  opinion: {
    points: 0,
    summary: 'A good candidate.',
    risk_flags: [],
    fraud_signals: [],
    modelId: 'm-1',
    ...changes,
  },
});

test('the example of seed 004', () => {
  const evaluation = score();
  expect(evaluation).toEqual({
    id: 'eval_e85a02de5bf1a82c',
    score: 82,
    label: 'A',
    recommendation: 'approve',
    summary:
      '82 of 100 points. For it: The credit score is 760. Against it: Months with the present employer: 8.',
    risk_flags: ['employment_duration_short'],
    fraud_signals: [],
    evaluated_at: '2025-12-17T10:00:12.000Z',
    model_version: 'scorecard-2026-11',
    points: [
      { rule: 'rent_to_income', points: 26, max: 30, why: 'The rent is 28.6 % of the income.' },
      { rule: 'employment_duration', points: 6, max: 20, why: 'Months with the present employer: 8.' },
      { rule: 'credit_score', points: 20, max: 20, why: 'The credit score is 760.' },
      { rule: 'debt_to_income', points: 10, max: 10, why: 'Rent and debts are 28.6 % of the income.' },
      { rule: 'documents', points: 15, max: 15, why: 'Verified documents of the 3 needed: 3.' },
      { rule: 'contact', points: 5, max: 5, why: 'Ways to reach the applicant: 2.' },
    ],
  });
});

test('the scorecard has 100 points, each rule and signal one name, and each rule words in both languages', () => {
  const most = RULES.map(({ bands }) => Math.max(...bands.map(({ points }) => points)));
  expect(most.reduce((sum, points) => sum + points)).toBe(100);
  const names = [...RULES.flatMap(({ id, flag }) => [id, flag.id]), ...FRAUD_SIGNALS.map(({ id }) => id)];
  expect(new Set(names).size).toBe(names.length);
  for (const { id, flag, bands, why } of RULES) {
    expect(id).toMatch(/^[a-z_]+$/);
    // Each can raise its flag, and each can be without it.
    expect(flag.below).toBeLessThanOrEqual(Math.max(...bands.map(({ points }) => points)));
    expect(why(undefined).en).not.toBe(why(undefined).fr);
    expect(why(7).en).toMatch(/7.*\.$/);
    expect(why(7).fr).toMatch(/7.*\.$/);
  }
});

test.each<[string, Partial<ScoredLead>, number]>([
  ['rent_to_income', { monthly_rent: 875 }, 30],
  ['rent_to_income', { monthly_rent: 879 }, 26],
  ['rent_to_income', { monthly_rent: 1_225 }, 20],
  ['rent_to_income', { monthly_rent: 1_400 }, 12],
  ['rent_to_income', { monthly_rent: 1_750 }, 4],
  ['rent_to_income', { monthly_rent: 1_755 }, 0],
  ['rent_to_income', { monthly_income: 0 }, 0],
  ['employment_duration', { employment_months: 36 }, 20],
  ['employment_duration', { employment_months: 35 }, 17],
  ['employment_duration', { employment_months: 2 }, 0],
  ['credit_score', { credit_score: 739 }, 15],
  ['credit_score', { credit_score: 579 }, 0],
  ['credit_score', { credit_score: undefined }, 5],
  ['debt_to_income', { monthly_debt: 260 }, 10],
  ['debt_to_income', { monthly_debt: 505 }, 6],
  ['debt_to_income', { monthly_debt: 2_500 }, 0],
  ['documents', { documents: [] }, 0],
  ['documents', { documents: [{ kind: 'identity', verified: false }] }, 0],
  ['documents', { documents: Array(3).fill({ kind: 'identity', verified: true }) }, 5],
  ['documents', { documents: [{ kind: 'tax_notice', verified: true }] }, 0],
  ['contact', { applicant: { name: 'Ada Quill', phone: '020 7946 0018' } }, 3],
  ['contact', { applicant: { name: 'Ada Quill' } }, 0],
])('%s with %j gives %i', (rule, changes, points) => {
  expect(pointsOf(rule, changes)).toBe(points);
});

test.each<[string, Partial<ScoredLead>]>([
  ['rent_burden_high', { monthly_rent: 1_600 }],
  ['employment_duration_short', { employment_months: 11 }],
  ['credit_weak_or_unknown', { credit_score: undefined }],
  ['debt_burden_high', { monthly_debt: 2_000 }],
  ['documents_missing', { documents: [] }],
  ['contact_missing', { applicant: { name: 'Ada Quill' } }],
])('raises %s, and not where all is well', (flag, changes) => {
  expect(score(changes).risk_flags).toContain(flag);
  expect(score({ employment_months: 48 }).risk_flags).toEqual([]);
});

test.each<[string, Partial<ScoredLead>]>([
  ['income_mismatch', { documents: [{ kind: 'proof_of_income', verified: true, monthly_income: 2_799 }] }],
  [
    'document_of_another_person',
    { documents: [{ kind: 'identity', verified: true, issued_to: 'Bram Quill' }] },
  ],
  [
    'document_number_repeated',
    {
      documents: [
        { kind: 'identity', verified: true, number: '7' },
        { kind: 'tax_notice', verified: true, number: '7' },
      ],
    },
  ],
  ['throwaway_email', { applicant: { name: 'Ada Quill', email: 'ada@MAILINATOR.com' } }],
])('sees the fraud signal %s, which is for a person to look at', (signal, changes) => {
  const evaluation = score({ employment_months: 48, ...changes });
  expect(evaluation.fraud_signals).toEqual([signal]);
  expect(evaluation.recommendation).toBe('review');
  expect(evaluation.summary).toContain(signal);
});

test.each<[string, Partial<ScoredLead>]>([
  ['a bonus', { documents: [{ kind: 'proof_of_income', verified: true, monthly_income: 4_200 }] }],
  [
    'accents, capitals and the order of names',
    {
      applicant: { name: 'Zoé Dupont-Leroy' },
      documents: [{ kind: 'identity', verified: true, issued_to: 'DUPONT LEROY, Zoe' }],
    },
  ],
])('sees no fraud in %s', (_, changes) => {
  expect(score(changes).fraud_signals).toEqual([]);
});

test.each<[string, number, Partial<ScoredLead>]>([
  ['approve', 70, { employment_months: 12, credit_score: 580, monthly_rent: 1_225 }],
  ['review', 64, { employment_months: 6, credit_score: 580, monthly_rent: 1_225 }],
  ['reject', 31, { monthly_rent: 1_900, employment_months: 6, credit_score: undefined }],
])('recommends %s at %i points', (recommendation, points, changes) => {
  const evaluation = score(changes);
  expect([evaluation.recommendation, evaluation.score]).toEqual([recommendation, points]);
});

test('two fraud signals reject, whatever the score', () => {
  const { recommendation, score: points } = score({
    employment_months: 48,
    applicant: { name: 'Ada Quill', email: 'ada@yopmail.com', phone: '020 7946 0018' },
    documents: sampleLead().documents.map((document) => ({ ...document, issued_to: 'Bram Tolliver' })),
  });
  expect(points).toBeGreaterThan(90);
  expect(recommendation).toBe('reject');
});

test('explains itself in French where the lead is French', () => {
  const evaluation = score({ language: 'fr' });
  expect(evaluation.summary).toBe(
    '82 points sur 100. Pour : La cote de crédit est de 760. Contre : Mois chez l’employeur actuel : 8.',
  );
  expect(evaluation.points[0]?.why).toBe('Le loyer représente 28,6 % des revenus.');
});

test('the id is one for each attempt at an assembly', () => {
  const ids = [
    score(),
    score({ monthly_rent: 1 }),
    score({}, { attempt: 2 }),
    score({}, { assemblyId: 'b' }),
  ];
  expect(ids.map(({ id }) => ids.findIndex((each) => each.id === id))).toEqual([0, 0, 2, 3]);
});

describe('with the opinion of a model', () => {
  test('its points count, its words are the summary, and it is named', () => {
    const evaluation = score({}, opinion({ points: -3, risk_flags: ['income_unstable'] }));
    expect(evaluation).toMatchObject({
      score: 79,
      label: 'B',
      recommendation: 'approve',
      summary: 'A good candidate.',
      risk_flags: ['employment_duration_short', 'income_unstable'],
      model_version: 'scorecard-2026-11+m-1',
    });
    expect(evaluation.points.at(-1)).toMatchObject({ rule: 'model', points: -3, max: 10 });
  });

  test('it approves nobody whom the scorecard does not', () => {
    const changes = { employment_months: 6, credit_score: 580, monthly_rent: 1_225 };
    expect(score(changes).score).toBe(64);
    const { score: points, recommendation } = score(changes, opinion({ points: 10 }));
    expect([points, recommendation]).toEqual([74, 'review']);
  });

  test('it takes an approval back, and rejects nobody', () => {
    const doubted = score({}, opinion({ fraud_signals: ['story_inconsistent', 'instructions_in_notes'] }));
    expect(doubted.recommendation).toBe('review');
    const lowered = score(
      { employment_months: 12, credit_score: 580, monthly_rent: 1_225 },
      opinion({ points: -10 }),
    );
    expect([lowered.score, lowered.recommendation]).toEqual([60, 'review']);
  });
});

test('whatever is submitted, the score is the sum of its points, 0 to 100, and the same again', () => {
  const amount = fc.double({ min: 0, max: 10_000_000, noNaN: true });
  const leads = fc.record(
    {
      monthly_income: amount,
      monthly_rent: amount,
      monthly_debt: amount,
      employment_months: fc.integer({ min: 0, max: 800 }),
      credit_score: fc.integer({ min: 300, max: 850 }),
      documents: fc.array(
        fc.record({ kind: fc.constantFrom('identity', 'proof_of_income'), verified: fc.boolean() }),
      ) as fc.Arbitrary<ScoredLead['documents']>,
      language: fc.constantFrom('en', 'fr'),
    },
    { requiredKeys: [] },
  );
  // More than it may say, as if its answer had not been looked at.
  const opinions = fc.option(fc.integer({ min: -200, max: 200 }));
  fc.assert(
    fc.property(leads, opinions, (changes, points) => {
      const run = points === null ? {} : opinion({ points });
      const evaluation = score(changes, run);
      expect(evaluation.points.reduce((sum, each) => sum + each.points, 0)).toBe(evaluation.score);
      expect(evaluation.score).toBeGreaterThanOrEqual(0);
      expect(evaluation.score).toBeLessThanOrEqual(100);
      for (const { points: given, max, why } of evaluation.points) {
        expect(Math.abs(given)).toBeLessThanOrEqual(max);
        expect(why).toMatch(/\.$/);
        expect(why).not.toMatch(/NaN|undefined/);
      }
      expect(score(changes, run)).toEqual(evaluation);
    }),
  );
});

describe('the fields', () => {
  const { language: _, ...asSent } = sampleLead();

  test('are those of the sample, with what may be left out', () => {
    expect(LeadFields.parse(asSent)).toEqual(sampleLead());
    const least = { lead_id: 'l', applicant: { name: 'A' }, monthly_rent: 1 };
    expect(LeadFields.parse(least)).toEqual({
      ...least,
      monthly_debt: 0,
      employment_months: 0,
      documents: [],
      language: 'en',
    });
  });

  test.each<[string, object]>([
    ['no id', { lead_id: '' }],
    ['a member that nobody knows', { salary: 1 }],
    ['a negative rent', { monthly_rent: -1 }],
    ['an income of text', { monthly_income: '3500' }],
    ['half a month', { employment_months: 0.5 }],
    ['a credit score of another scale', { credit_score: 5 }],
    ['an address that is none', { applicant: { name: 'A', email: 'ada' } }],
    ['a kind of document that is none', { documents: [{ kind: 'photo', verified: true }] }],
    ['more documents than anybody has', { documents: Array(21).fill({ kind: 'identity', verified: true }) }],
    ['a novel', { notes: 'x'.repeat(2_001) }],
    ['a language that nobody speaks here', { language: 'de' }],
  ])('are not taken with %s', (_name, changes) => {
    expect(LeadFields.safeParse({ ...asSent, ...changes }).success).toBe(false);
  });
});
