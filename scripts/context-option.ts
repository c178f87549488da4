import { InvalidArgumentError } from 'commander';
import { LOCAL_CONTEXT } from './local-waybill.ts';

/**
 * One `-c name=value`, added to those before it, as the CLI of the CDK takes them.
 * @throws InvalidArgumentError where it is no such pair, or a setting that the local cloud needs as it is
 */
export function contextOption(
  given: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(given) ?? [];
  if (name === '') throw new InvalidArgumentError('It must be name=value.');
  // Without the secret that the stack makes there would be no token to print.
  if (Object.hasOwn(LOCAL_CONTEXT, name) || name === 'jwt')
    throw new InvalidArgumentError(`The local cloud sets ${name} itself.`);
  return { ...before, [name]: value };
}
