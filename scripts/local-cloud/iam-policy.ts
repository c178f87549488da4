/** One thing that a call needs: `dynamodb:GetItem` on the ARN of a table. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
}

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly matches: (permission: Permission) => boolean;
}

/** `unmentioned`: no statement is about it, which refuses as well. */
export type Verdict = 'allowed' | 'denied' | 'unmentioned';

/**
 * An explicit Deny wins over any Allow.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function decide(statements: readonly Statement[], permission: Permission): Verdict {
  const about = statements.filter(({ matches }) => matches(permission));
  if (about.some(({ effect }) => effect === 'Deny')) return 'denied';
  return about.length > 0 ? 'allowed' : 'unmentioned';
}

const KNOWN_ELEMENTS = ['Sid', 'Effect', 'Action', 'Resource'];

/**
 * The statements of a policy document.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 * @param where for errors, such as `Policy "X"`
 * @throws Error for what AWS refuses, and for what the local cloud does not know: leaving out a Condition would
 * allow what AWS refuses
 */
export function readStatements(document: unknown, where: string): Statement[] {
  const { Statement = [] } = document as { Statement?: object | object[] };
  return [Statement].flat().map((each) => readStatement(each as Record<string, unknown>, where));
}

function readStatement(statement: Record<string, unknown>, where: string): Statement {
  const unknown = Object.keys(statement).find((name) => !KNOWN_ELEMENTS.includes(name));
  if (unknown) throw new Error(`${where}: the local cloud doesn't know "${unknown}" in a policy statement.`);
  const { Effect: effect } = statement;
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw new Error(`${where}: AWS refuses a statement with the Effect ${JSON.stringify(effect)}.`);
  }
  const actions = texts(statement.Action, `${where}: Action`).map((text) => actionPattern(text, where));
  const resources = texts(statement.Resource, `${where}: Resource`).map((text) =>
    resourcePattern(text, where),
  );
  return {
    effect,
    matches: ({ action, resource }) =>
      actions.some((pattern) => pattern.test(action)) && resources.some((pattern) => pattern.test(resource)),
  };
}

function texts(value: unknown, where: string): string[] {
  const list = [value].flat();
  const strange = list.find((each) => typeof each !== 'string' || each.includes('$' + '{'));
  if (list.length === 0 || strange !== undefined || value === undefined) {
    throw new Error(`${where} is ${JSON.stringify(value)}, which the local cloud doesn't know.`);
  }
  return list as string[];
}

function actionPattern(text: string, where: string): RegExp {
  if (!/^(\*|[a-z0-9-]+:[a-z0-9*?]+)$/i.test(text)) {
    throw new Error(`${where}: AWS refuses the action "${text}".`);
  }
  return new RegExp(`^${wildcards(text, '.*', '.')}$`, 'i');
}

/**
 * A wildcard stays within its part of an ARN; only in the last, which names the resource, it goes across colons.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
function resourcePattern(text: string, where: string): RegExp {
  if (text === '*') return /^/;
  const parts = text.split(':');
  if (parts[0] !== 'arn' || parts.length < 6) {
    throw new Error(`${where}: Resource ${text} must be in ARN format or "*". AWS refuses it.`);
  }
  const head = parts.slice(0, 5).map((part) => wildcards(part, '[^:]*', '[^:]'));
  const name = wildcards(parts.slice(5).join(':'), '.*', '.');
  return new RegExp(`^${[...head, name].join(':')}$`, 's');
}

const wildcards = (text: string, any: string, one: string): string =>
  text
    .replace(/[.+^$()[\]{}|\\]/g, '\\$&')
    .replaceAll('?', one)
    .replaceAll('*', any);
