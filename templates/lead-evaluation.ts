import * as z from 'zod';
import { defineTemplate, type StepContext } from '../lib/domain/template.ts';
import { askBedrock, BedrockModel } from './ask-bedrock.ts';
import { leadError } from './lead-errors.ts';
import { LeadFields } from './lead-fields.ts';
import { opinionIn, promptFor } from './lead-opinion.ts';
import { type LeadEvaluation, scoreLead } from './lead-score.ts';
import type { ScoredLead } from './lead-scorecard.ts';

const Config = z
  .strictObject({
    /** A model to ask for its opinion; none where absent. Costs by the token, and gets what the application says. */
    model: BedrockModel.optional(),
  })
  .default({});
type Config = z.infer<typeof Config>;

/** How good an application for a home is: points by a scorecard that anybody can read, and on request a model's opinion. */
export const leadEvaluation = defineTemplate<LeadFields, Config>({
  id: 'lead-evaluation',
  fields: LeadFields,
  config: Config,
  steps: [{ name: 'evaluate', title: 'Evaluating the application', run: evaluate }],
});

async function evaluate(context: StepContext<LeadFields, Config>): Promise<LeadEvaluation> {
  const { fields, config, assemblyId, attempt, now } = context;
  const { monthly_income } = fields;
  if (monthly_income === undefined) throw leadError('InsufficientData');
  const lead: ScoredLead = { ...fields, monthly_income };
  const opinion = config.model && (await opinionOf(lead, config.model, context));
  return scoreLead(lead, { assemblyId, attempt, now: now(), opinion });
}

async function opinionOf(
  lead: ScoredLead,
  model: BedrockModel,
  { signal, progress }: Pick<StepContext, 'signal' | 'progress'>,
) {
  progress(0.1, 'Asking the model');
  const answer = await askBedrock(model, promptFor(lead), signal);
  const opinion = opinionIn(answer);
  if (opinion) return { ...opinion, modelId: model.modelId };
  // Not the answer itself: it may repeat what the applicant wrote.
  throw leadError('InvalidModelAnswer', `${answer.length} characters that are not the JSON asked for`);
}
