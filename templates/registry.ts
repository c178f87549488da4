import { buildRegistry } from '../lib/domain/template-registry.ts';
import { csvValidation } from './csv-validation.ts';
import { humanReview } from './human-review.ts';
import { imageThumbnails } from './image-thumbnails.ts';
import { leadEvaluation } from './lead-evaluation.ts';
import { messageDelivery } from './message-delivery.ts';
import { messageTracking } from './message-tracking.ts';
import { textStatistics } from './text-statistics.ts';

/**
 * Every template that Waybill knows. To add one:
 *
 * 1. Write `templates/<id>.ts` that exports `defineTemplate({ id, fields, steps })`, or `fanOut` or `external: true` for `steps`.
 * 2. Name it in the list below. A broken rule for ids or steps fails here, before anything is deployed.
 * 3. Write `test/templates/<id>.test.ts`; a step is a function of its context and needs no cloud.
 *
 * An id is for good: assembly ids are hashes over it. A template whose results change in kind is a new template.
 */
export const templates = buildRegistry([
  textStatistics,
  imageThumbnails,
  csvValidation,
  humanReview,
  leadEvaluation,
  messageDelivery,
  messageTracking,
]);
