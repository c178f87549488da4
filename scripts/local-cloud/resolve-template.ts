import { ACCOUNT, REGION } from './place.ts';
import { type Identity, RESOURCE_TYPES } from './resource-types.ts';
import type { Template, TemplateResource } from './template.ts';

/** The template with every intrinsic function replaced by its value. */
export interface ResolvedTemplate {
  readonly template: Template;
  identityOf(logicalId: string): Identity;
  /** Logical ids of one type (or several), in the template's order. */
  idsOf(...types: string[]): string[];
  propertiesOf<T>(logicalId: string): T;
  readonly outputs: Readonly<Record<string, string>>;
}

/** `{ Ref: 'AWS::NoValue' }`: the property that has it is left out. */
const NO_VALUE = Symbol('AWS::NoValue');
type Intrinsic = (argument: unknown, where: string) => unknown;

/**
 * Names, ARNs and URLs are computed on demand, so the order of the resources does not matter; a name that depends
 * on itself is an error. Everything is resolved here, so a reference to nothing is found at start.
 */
export function resolveTemplate(template: Template, queueBaseUrl: string): ResolvedTemplate {
  const pseudo: Record<string, string | symbol> = {
    'AWS::AccountId': ACCOUNT,
    'AWS::NoValue': NO_VALUE,
    'AWS::Partition': 'aws',
    'AWS::Region': REGION,
    'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${template.stackName}/local`,
    'AWS::StackName': template.stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  const identities = new Map<string, Identity>();
  const inProgress = new Set<string>();

  function identify(logicalId: string, where: string): Identity {
    const known = identities.get(logicalId);
    if (known) return known;
    const resource = template.resources[logicalId];
    if (!resource) throw new Error(`${where} refers to "${logicalId}", which is not in the template.`);
    if (inProgress.has(logicalId)) throw new Error(`The name of "${logicalId}" depends on itself.`);
    inProgress.add(logicalId);
    const { nameProperty, identify } = typeOf(logicalId, resource);
    const given = nameProperty ? resource.Properties?.[nameProperty] : undefined;
    const name = given === undefined ? undefined : resolve(given, `${logicalId}.${nameProperty}`);
    const identity = identify(
      typeof name === 'string' ? name : `${template.stackName}-${logicalId}`,
      logicalId,
      queueBaseUrl,
    );
    inProgress.delete(logicalId);
    identities.set(logicalId, identity);
    return identity;
  }

  function ref(name: string, where: string): unknown {
    if (name in pseudo) return pseudo[name];
    const parameter = template.parameters[name];
    if (!parameter) return identify(name, where).ref;
    if (parameter.Default === undefined)
      throw new Error(`${where}: parameter "${name}" has no default value.`);
    return parameter.Default;
  }

  function attribute(logicalId: string, name: string, where: string): string {
    const value = identify(logicalId, where).attributes[name];
    const type = template.resources[logicalId]?.Type;
    if (value === undefined) {
      throw new Error(
        `${where} asks for attribute "${name}" of ${logicalId} (${type}), which is unknown here.`,
      );
    }
    return value;
  }

  function condition(name: string, where: string): boolean {
    if (!(name in template.conditions)) throw new Error(`${where}: there is no condition "${name}".`);
    return resolve(template.conditions[name], `Conditions.${name}`) === true;
  }

  function substitute(argument: unknown, where: string): string {
    const [text, variables] = (Array.isArray(argument) ? argument : [argument, {}]) as [string, object];
    const values = resolve(variables, where) as Record<string, unknown>;
    return text.replace(/\$\{([^}]+)\}/g, (_match, name: string) => {
      if (name.startsWith('!')) return `\${${name.slice(1)}}`;
      if (name in values) return String(values[name]);
      const dot = name.indexOf('.');
      return String(dot < 0 ? ref(name, where) : attribute(name.slice(0, dot), name.slice(dot + 1), where));
    });
  }

  const list = (argument: unknown, where: string): unknown[] => resolve(argument, where) as unknown[];
  const intrinsics: Record<string, Intrinsic> = {
    Ref: (argument, where) => ref(String(argument), where),
    Condition: (argument, where) => condition(String(argument), where),
    'Fn::GetAtt': (argument, where) => {
      const [logicalId = '', ...rest] = Array.isArray(argument)
        ? (argument as string[])
        : String(argument).split('.');
      return attribute(logicalId, rest.join('.'), where);
    },
    'Fn::Join': (argument, where) => {
      const [separator, parts] = list(argument, where) as [string, string[]];
      return parts.join(separator);
    },
    'Fn::Sub': substitute,
    'Fn::Select': (argument, where) => {
      const [index, values] = list(argument, where) as [number | string, unknown[]];
      if (!(Number(index) in values)) throw new Error(`${where}: Fn::Select has no element ${index}.`);
      return values[Number(index)];
    },
    'Fn::Split': (argument, where) => {
      const [separator, text] = list(argument, where) as [string, string];
      return text.split(separator);
    },
    'Fn::If': (argument, where) => {
      const [name, yes, no] = argument as [string, unknown, unknown];
      return resolve(condition(name, where) ? yes : no, where);
    },
    'Fn::Equals': (argument, where) => {
      const [left, right] = list(argument, where);
      return left === right;
    },
    'Fn::Not': (argument, where) => list(argument, where)[0] !== true,
    'Fn::And': (argument, where) => list(argument, where).every((value) => value === true),
    'Fn::Or': (argument, where) => list(argument, where).some((value) => value === true),
  };

  function resolve(value: unknown, where: string): unknown {
    if (typeof value === 'string') return refuseDynamicReference(value, where);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      return value.map((each) => resolve(each, where)).filter((each) => each !== NO_VALUE);
    }
    const name = intrinsicName(value);
    if (name) {
      const intrinsic = intrinsics[name];
      if (!intrinsic) throw new Error(`${where} uses ${name}, which the local cloud doesn't know.`);
      return intrinsic((value as Record<string, unknown>)[name], where);
    }
    const entries = Object.entries(value).map(
      ([key, each]) => [key, resolve(each, `${where}.${key}`)] as const,
    );
    return Object.fromEntries(entries.filter(([, each]) => each !== NO_VALUE));
  }

  const present = ([, { Condition }]: [string, { Condition?: string }]): boolean =>
    Condition === undefined || condition(Condition, 'a resource or output');
  const resources = Object.entries(template.resources).filter(present);
  for (const [logicalId, resource] of resources) checkProperties(logicalId, resource);
  const properties = new Map(
    resources.map(([logicalId, { Properties }]) => [logicalId, resolve(Properties ?? {}, logicalId)]),
  );
  const outputs = Object.entries(template.outputs)
    .filter(present)
    .map(([name, { Value }]) => [name, String(resolve(Value, `Outputs.${name}`))]);

  return {
    template,
    identityOf: (logicalId) => identify(logicalId, logicalId),
    idsOf: (...types) => resources.filter(([, { Type }]) => types.includes(Type)).map(([id]) => id),
    propertiesOf: <T>(logicalId: string) => properties.get(logicalId) as T,
    outputs: Object.fromEntries(outputs) as Record<string, string>,
  };
}

function typeOf(logicalId: string, { Type }: TemplateResource): (typeof RESOURCE_TYPES)[string] {
  const type = RESOURCE_TYPES[Type];
  if (!type) throw new Error(`The local cloud doesn't know the resource type ${Type} (of "${logicalId}").`);
  return type;
}

function checkProperties(logicalId: string, resource: TemplateResource): void {
  const { honoured, withoutEffect } = typeOf(logicalId, resource);
  const known = [...honoured, ...withoutEffect];
  const unknown = Object.keys(resource.Properties ?? {}).find((name) => !known.includes(name));
  if (unknown) {
    throw new Error(
      `The local cloud doesn't know the property "${unknown}" of ${resource.Type} (in "${logicalId}").`,
    );
  }
}

/** Ref, Condition and Fn::… are functions only when they stand alone in their object. */
function intrinsicName(value: object): string | undefined {
  const [name, ...others] = Object.keys(value);
  if (name === undefined || others.length > 0) return undefined;
  // IAM statements have a key "Condition" too, but never alone, and with an object as its value.
  if (name === 'Condition') {
    return typeof (value as Record<string, unknown>)[name] === 'string' ? name : undefined;
  }
  return name === 'Ref' || name.startsWith('Fn::') ? name : undefined;
}

function refuseDynamicReference(value: string, where: string): string {
  if (value.includes('{{resolve:')) {
    throw new Error(`${where} has a dynamic reference (${value}), which the local cloud doesn't know.`);
  }
  return value;
}
