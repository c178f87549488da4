import type { ExternalTemplate, SendingTemplate, Template } from './template.ts';

export type TemplateRegistry = ReadonlyMap<string, Template>;

/** The form of a template's id. */
export const TEMPLATE_ID = /^[a-z][a-z0-9-]{1,31}$/;
const NOT_HEX = /[^0-9a-f]/;
/** 30 days, for as long as files are kept by default. */
const MAX_TIMEOUT_SECONDS = 30 * 86_400;
const STEP_NAME = /^[a-z][a-z0-9-]{0,31}$/;

/**
 * The templates by id. The rules for ids keep the assembly id unambiguous (docs/decisions/0002-the-identifier.md).
 * @throws Error that lists every rule that is broken.
 */
export function buildRegistry(templates: readonly Template[]): TemplateRegistry {
  const ids = templates.map(({ id }) => id);
  const faults = [
    ...templates.flatMap(faultsOf),
    ...duplicateFaults(ids),
    ...prefixFaults([...new Set(ids)]),
  ];
  if (faults.length > 0) throw new Error(`The template registry cannot be built:\n- ${faults.join('\n- ')}`);
  return new Map(templates.map((template) => [template.id, template]));
}

function faultsOf(template: Template): string[] {
  const faults: string[] = [];
  const { id } = template;
  if (!TEMPLATE_ID.test(id)) faults.push(`template id "${id}" does not match ${TEMPLATE_ID}`);
  else if (!NOT_HEX.test(id))
    faults.push(`template id "${id}" needs a character outside 0-9a-f: it would look like part of an md5`);
  if (template.fanOut && template.uploads)
    faults.push(`template "${id}" takes uploads and has recipients: it can have one of them`);
  if (template.external) return [...faults, ...timeoutFaults(template)];
  if (template.fanOut) return [...faults, ...rateFaults(template)];
  const names = template.steps.map(({ name }) => name);
  if (names.length === 0) faults.push(`template "${id}" has no steps and is not external`);
  for (const name of names)
    if (!STEP_NAME.test(name)) faults.push(`step "${name}" of "${id}" does not match ${STEP_NAME}`);
  if (new Set(names).size < names.length) faults.push(`template "${id}" has two steps of one name`);
  return faults;
}

/** A day per message is slow enough, and a thousand a second are as many as one row of the table can count. */
function rateFaults({ id, fanOut: { rateLimit } }: SendingTemplate): string[] {
  if (!rateLimit || (rateLimit.perSecond >= 1 / 86_400 && rateLimit.perSecond <= 1_000)) return [];
  return [`the rate limit of "${id}" is not 1/86400 to 1000 per second`];
}

function timeoutFaults({ id, timeout }: ExternalTemplate): string[] {
  if (timeout === undefined) return [];
  const isPossible = Number.isInteger(timeout) && timeout >= 60 && timeout <= MAX_TIMEOUT_SECONDS;
  return isPossible ? [] : [`the timeout of "${id}" is not 60 to ${MAX_TIMEOUT_SECONDS} whole seconds`];
}

const prefixFaults = (ids: readonly string[]): string[] =>
  ids.flatMap((id) =>
    ids
      .filter((other) => other !== id && other.startsWith(id))
      .map((other) => `template id "${id}" is a prefix of "${other}": two owners could share an assembly id`),
  );

const duplicateFaults = (ids: readonly string[]): string[] =>
  [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))].map(
    (id) => `template id "${id}" is that of two templates`,
  );
