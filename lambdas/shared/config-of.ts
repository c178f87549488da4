import { StepError, sentenceOf } from '../../lib/domain/assembly-error.ts';
import type { Template } from '../../lib/domain/template.ts';

/** `templateConfig` of the deployment, by template id. */
export type TemplateConfigs = Readonly<Record<string, unknown>>;

/**
 * What the deployment sets for the template, as the template's own schema has it; undefined where it takes none.
 * @throws StepError where it does not fit. Not retried: it stays so until somebody deploys
 */
export function configOf(template: Template, configs: TemplateConfigs): unknown {
  if (template.external) return undefined;
  const { id, config } = template;
  const configured = config?.safeParse(Object.hasOwn(configs, id) ? configs[id] : undefined);
  if (configured?.success === false)
    throw new StepError('not_configured', 'WORKER_ERROR', sentenceOf('not_configured', { template: id }), {
      retryable: false,
      cause: configured.error,
    });
  return configured?.data;
}
