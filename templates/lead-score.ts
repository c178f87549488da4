import { createHash } from 'node:crypto';
import type { Language } from '../lib/domain/language.ts';
import { MODEL_POINTS, type ModelOpinion } from './lead-opinion.ts';
import {
  APPROVE_FROM,
  FRAUD_SIGNALS,
  LABELS,
  REJECTING_SIGNALS,
  REVIEW_FROM,
  RULES,
  SCORECARD_VERSION,
  type ScoredLead,
} from './lead-scorecard.ts';

/** What one rule gave, of how much, and why, in the language of the lead. */
export type Point = {
  readonly rule: string;
  readonly points: number;
  readonly max: number;
  readonly why: string;
};

/** Names as seed 004 has them, and `points`. */
export type LeadEvaluation = {
  readonly id: string;
  /** 0 to 100: the sum of `points`. */
  readonly score: number;
  readonly label: string;
  readonly recommendation: 'approve' | 'review' | 'reject';
  readonly summary: string;
  readonly risk_flags: string[];
  readonly fraud_signals: string[];
  /** ISO 8601. */
  readonly evaluated_at: string;
  readonly model_version: string;
  readonly points: Point[];
};

export interface Evaluating {
  readonly assemblyId: string;
  readonly attempt: number;
  readonly now: Date;
  /** What a model says of it, where one was asked. */
  readonly opinion?: ModelOpinion & { readonly modelId: string };
}

/** The evaluation of a lead. Pure: the same lead, run, time and opinion give the same bytes. */
export function scoreLead(
  lead: ScoredLead,
  { assemblyId, attempt, now, opinion }: Evaluating,
): LeadEvaluation {
  const points = RULES.map((rule) => pointOf(rule, lead));
  const flags = RULES.filter(({ flag }, index) => (points[index]?.points ?? 0) < flag.below).map(
    ({ flag }) => flag.id,
  );
  const signals = FRAUD_SIGNALS.filter((signal) => signal.isSeenIn(lead)).map(({ id }) => id);
  const ofCard = { score: sumOf(points), signals: signals.length };
  const modelPoint = opinion && pointOfModel(opinion.points, ofCard.score, lead.language);
  const all = modelPoint ? [...points, modelPoint] : points;
  const score = sumOf(all);
  const fraud_signals = union(signals, opinion?.fraud_signals);
  return {
    id: `eval_${createHash('sha256')
      .update(JSON.stringify([assemblyId, attempt]))
      .digest('hex')
      .slice(0, 16)}`,
    score,
    label: LABELS.find(({ from }) => score >= from)?.label ?? 'F',
    recommendation: recommend(ofCard, { score, signals: fraud_signals.length }),
    summary: opinion?.summary ?? summaryOf(points, score, fraud_signals, lead.language),
    risk_flags: union(flags, opinion?.risk_flags),
    fraud_signals,
    evaluated_at: now.toISOString(),
    model_version: opinion ? `${SCORECARD_VERSION}+${opinion.modelId}` : SCORECARD_VERSION,
    points: all,
  };
}

function pointOf(rule: (typeof RULES)[number], lead: ScoredLead): Point {
  const figure = rule.measure(lead);
  const band = rule.bands.find(
    ({ atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY }) =>
      figure !== undefined && figure >= atLeast && figure <= atMost,
  );
  const points = figure === undefined ? (rule.unknown ?? 0) : (band?.points ?? 0);
  return { rule: rule.id, points, max: maxOf(rule), why: rule.why(figure)[lead.language] };
}

const maxOf = ({ bands }: (typeof RULES)[number]): number => Math.max(...bands.map(({ points }) => points));

/** Within its bounds, and within those of a score. */
function pointOfModel(wished: number, score: number, language: Language): Point {
  const bounded = Math.max(-MODEL_POINTS, Math.min(MODEL_POINTS, wished));
  const points = Math.max(-score, Math.min(100 - score, bounded));
  const why = {
    en: `What the model made of the whole, from −${MODEL_POINTS} to ${MODEL_POINTS} points.`,
    fr: `L’avis du modèle sur l’ensemble, de −${MODEL_POINTS} à ${MODEL_POINTS} points.`,
  };
  return { rule: 'model', points, max: MODEL_POINTS, why: why[language] };
}

interface Standing {
  readonly score: number;
  readonly signals: number;
}

/**
 * The scorecard recommends. A model, which has read what the applicant wrote, can only take an approval back, for a person to
 * look at: it approves nobody, and rejects nobody.
 */
function recommend(ofCard: Standing, withModel: Standing): LeadEvaluation['recommendation'] {
  const own = recommendationOf(ofCard);
  return own === 'approve' && recommendationOf(withModel) !== 'approve' ? 'review' : own;
}

function recommendationOf({ score, signals }: Standing): LeadEvaluation['recommendation'] {
  if (score < REVIEW_FROM || signals >= REJECTING_SIGNALS) return 'reject';
  return score < APPROVE_FROM || signals > 0 ? 'review' : 'approve';
}

/** What counts most for it and against it, in the words of the rules. */
function summaryOf(
  points: readonly Point[],
  score: number,
  signals: readonly string[],
  language: Language,
): string {
  const [best] = points.toSorted((a, b) => b.points / b.max - a.points / a.max || b.max - a.max);
  const [worst] = points.toSorted((a, b) => b.max - b.points - (a.max - a.points));
  const lost = (worst?.max ?? 0) - (worst?.points ?? 0);
  const texts = {
    en: [
      `${score} of 100 points.`,
      `For it: ${best?.why}`,
      lost > 0 ? `Against it: ${worst?.why}` : '',
      signals.length > 0 ? `To be looked at by a person: ${signals.join(', ')}.` : '',
    ],
    fr: [
      `${score} points sur 100.`,
      `Pour : ${best?.why}`,
      lost > 0 ? `Contre : ${worst?.why}` : '',
      signals.length > 0 ? `À faire vérifier par une personne : ${signals.join(', ')}.` : '',
    ],
  };
  return texts[language].filter(Boolean).join(' ');
}

const sumOf = (points: readonly Point[]): number => points.reduce((sum, each) => sum + each.points, 0);

const union = (ours: readonly string[], theirs: readonly string[] = []): string[] => [
  ...new Set([...ours, ...theirs]),
];
