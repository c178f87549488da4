const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * The period of `rate(1 minute)`, in milliseconds. AWS refuses `rate(1 minutes)` and `rate(5 minute)`, and so does this:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rate-expressions.html
 */
export function schedulePeriodMs(expression: string): number {
  const [, digits = '', unit = '', plural = ''] =
    /^rate\(([1-9]\d*)\s+(minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs !== undefined && (plural === 's') === Number(digits) > 1) return Number(digits) * unitMs;
  const hint = expression.startsWith('cron(')
    ? "The local cloud doesn't know cron expressions; it knows rate(…)."
    : 'AWS refuses it: it must be such as rate(1 minute) or rate(5 minutes).';
  throw new Error(`The schedule "${expression}" cannot be run. ${hint}`);
}
