import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { ResolvedTemplate } from './resolve-template.ts';

interface GenerateSecretString {
  readonly SecretStringTemplate?: string;
  readonly GenerateStringKey?: string;
  readonly PasswordLength?: number;
  readonly ExcludeCharacters?: string;
  readonly ExcludeLowercase?: boolean;
  readonly ExcludeUppercase?: boolean;
  readonly ExcludeNumbers?: boolean;
  readonly ExcludePunctuation?: boolean;
  readonly IncludeSpace?: boolean;
  readonly RequireEachIncludedType?: boolean;
}

interface SecretProperties {
  readonly Name?: string;
  readonly GenerateSecretString?: GenerateSecretString;
  readonly SecretString?: string;
}

export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly logicalId: string;
  value: string;
  versionId: string;
  createdAt: Date;
}

/** The template's secrets, with values made at random at each start. */
export function createSecrets(resolved: ResolvedTemplate): Secret[] {
  return resolved.idsOf('AWS::SecretsManager::Secret').map((logicalId) => {
    const properties = resolved.propertiesOf<SecretProperties>(logicalId);
    const value = properties.SecretString ?? generateSecret(properties.GenerateSecretString ?? {});
    return {
      arn: resolved.identityOf(logicalId).ref,
      name: properties.Name ?? `${resolved.template.stackName}-${logicalId}`,
      logicalId,
      value,
      versionId: randomUUID(),
      createdAt: new Date(),
    };
  });
}

function generateSecret(rules: GenerateSecretString): string {
  const password = generatePassword(rules);
  if (rules.SecretStringTemplate === undefined && rules.GenerateStringKey === undefined) return password;
  if (rules.SecretStringTemplate === undefined || rules.GenerateStringKey === undefined) {
    throw new Error('SecretStringTemplate and GenerateStringKey of a secret are needed together.');
  }
  const content = JSON.parse(rules.SecretStringTemplate) as object;
  return JSON.stringify({ ...content, [rules.GenerateStringKey]: password });
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html */
function generatePassword(rules: GenerateSecretString): string {
  const excluded = new Set(rules.ExcludeCharacters ?? '');
  const kinds = [
    rules.ExcludeLowercase ? '' : 'abcdefghijklmnopqrstuvwxyz',
    rules.ExcludeUppercase ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    rules.ExcludeNumbers ? '' : '0123456789',
    rules.ExcludePunctuation ? '' : '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
    rules.IncludeSpace ? ' ' : '',
  ].map((characters) => [...characters].filter((each) => !excluded.has(each)).join(''));
  const alphabet = kinds.join('');
  if (alphabet === '') throw new Error('A secret excludes every character.');
  const length = rules.PasswordLength ?? 32;
  const pick = (from: string): string => from[randomInt(from.length)] ?? '';
  const required = rules.RequireEachIncludedType === false ? [] : kinds.filter(Boolean).map(pick);
  const rest = Array.from({ length: Math.max(0, length - required.length) }, () => pick(alphabet));
  return shuffle([...required, ...rest])
    .slice(0, length)
    .join('');
}

function shuffle(characters: string[]): string[] {
  return characters
    .map((character) => ({ character, order: randomBytes(8).readBigUInt64BE() }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ character }) => character);
}

/** A secret by name, whole ARN, or ARN without its six random characters, as AWS takes them. */
export const findSecret = (secrets: readonly Secret[], id: string): Secret | undefined =>
  secrets.find(({ name, arn }) => id === name || id === arn || id === arn.slice(0, -7));
