interface Limited {
  readonly Timeout?: number;
  readonly MemorySize?: number;
  readonly EphemeralStorage?: { readonly Size?: number };
  readonly Environment?: { readonly Variables?: Readonly<Record<string, unknown>> };
}

const ENVIRONMENT_LIMIT_BYTES = 4096;

/**
 * What AWS refuses at deployment is refused at start: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export function checkFunctionLimits(logicalId: string, properties: object): void {
  const { Timeout, MemorySize, EphemeralStorage, Environment } = properties as Limited;
  const within = (name: string, value: number | undefined, min: number, max: number): void => {
    if (value !== undefined && (value < min || value > max))
      throw new Error(`Function "${logicalId}": AWS wants ${name} from ${min} to ${max}, not ${value}.`);
  };
  within('a Timeout in seconds', Timeout, 1, 900);
  within('a MemorySize in MB', MemorySize, 128, 10_240);
  within('an EphemeralStorage in MB', EphemeralStorage?.Size, 512, 10_240);
  const variables = Object.entries(Environment?.Variables ?? {});
  const bytes = variables.reduce((sum, [name, value]) => sum + Buffer.byteLength(`${name}${value}`), 0);
  within('environment variables in bytes, names and values,', bytes, 0, ENVIRONMENT_LIMIT_BYTES);
}
