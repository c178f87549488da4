import type { Node } from 'constructs';
import * as z from 'zod';
import { WEBHOOK_SCHEDULE } from './domain/retry-schedule.ts';

/** A number or boolean as JSON has it, or as `cdk -c name=value` gives it: text. */
const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')], {
  error: 'must be true or false',
});
const list = z.union([
  z.array(z.string()),
  z.string().transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  ),
]);

const MISSING_JWT =
  'Say how the tokens of your users are verified: set "jwt" to "generated" for a random HS256 secret that the stack ' +
  'makes, or to the ARN of a Secrets Manager secret {"current": "…"} that holds yours, in the context of cdk.json or ' +
  'with "-c jwt=generated".';

/** What can be set for a deployment: in the context of cdk.json or with `cdk deploy -c name=value`. */
export const waybillSettings = z
  .strictObject({
    /** `generated`, or the ARN of a secret `{"current": "…", "previous": "…"}` of at least 32 bytes each. Needed. */
    jwt: z.union(
      [
        z.literal('generated'),
        z.string().regex(/^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/, {
          error: MISSING_JWT,
        }),
      ],
      { error: MISSING_JWT },
    ),
    /** The `iss` that tokens must have. */
    jwtIssuer: z.string().min(1).default('waybill'),
    /** The `aud` that tokens must have. */
    jwtAudience: z.string().min(1).default('waybill'),
    /** The Git branch that is deployed: `branch` in every status. */
    branch: z.string().min(1).default('main'),
    /** The longest that the steps of one assembly may take. Lambda allows 900. */
    workerTimeoutSeconds: wholeNumber(5, 900).default(300),
    /** Megabytes of memory, and with them the share of a CPU, of the worker. */
    workerMemoryMb: wholeNumber(128, 10_240).default(1_024),
    /** How many assemblies are in work at once. */
    workerConcurrency: wholeNumber(2, 1_000).default(50),
    /** Seconds before the first retry of a run that failed; each further one waits twice as long, up to 15 minutes. */
    retryBaseSeconds: wholeNumber(0, 900).default(10),
    /** Seconds that a submitter has to upload the files: after that the assembly has failed. */
    uploadTimeoutSeconds: wholeNumber(900, 7 * 86_400).default(86_400),
    /** Days that an ended assembly can be looked up. */
    retentionDays: wholeNumber(1, 3_650).default(30),
    /** The largest upload in bytes. A single PUT to S3 takes 5 GiB. */
    maxUploadBytes: wholeNumber(1, 5 * 2 ** 30).default(2 ** 30),
    /** Days that uploads and result files are kept: longer than `retentionDays`, or a status would link to what is gone. */
    fileRetentionDays: wholeNumber(2, 3_651).default(31),
    /** Whether `webhook_url` may begin with http://. For receivers on the same machine only. */
    webhookAllowHttp: flag.default(false),
    /** CIDR ranges that webhooks may go to although they are not public, comma-separated. */
    webhookAllowedCidrs: list
      .pipe(z.array(z.union([z.cidrv4(), z.cidrv6()], { error: 'must be CIDR ranges such as 10.0.0.0/8' })))
      .default([]),
    /**
     * Seconds from each failed webhook attempt to the next, comma-separated: as many retries as there are numbers. Twenty
     * waits of two days, each doubled by a Retry-After, end within the 90 days that a delivery is kept.
     */
    webhookScheduleSeconds: z
      .union([z.array(z.union([z.string(), z.number()])), list])
      .pipe(
        z
          .array(
            z.coerce
              .number<string | number>()
              .int()
              .min(0)
              .max(2 * 24 * 3_600),
          )
          .max(20),
      )
      .default([...WEBHOOK_SCHEDULE]),
    /** Origins that browsers may call the API and the bucket from, comma-separated; `*` for all. None by default. */
    corsAllowedOrigins: list.default([]),
    /** Where docs/runbook.md can be read; every alarm links to its heading there. */
    runbookUrl: z.string().min(1).default('docs/runbook.md'),
    /** The SNS topic that alarms notify. None by default. */
    alarmTopicArn: z
      .string()
      .regex(/^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]{1,256}$/, { error: 'must be the ARN of an SNS topic' })
      .optional(),
    /** The folder with the functions' bundles, relative to that of cdk.json. */
    bundles: z.string().min(1).default('.build/deploy'),
    /** What `cdk destroy` does with the tables: `retain` keeps them, `destroy` deletes them with all jobs. */
    removalPolicy: z.enum(['retain', 'destroy']).default('retain'),
  })
  .refine(({ retentionDays, fileRetentionDays }) => fileRetentionDays > retentionDays, {
    path: ['fileRetentionDays'],
    error: 'must be more than retentionDays',
  });

export type WaybillSettings = z.infer<typeof waybillSettings>;

/**
 * The settings as the CDK context has them.
 * @throws Error with a sentence per setting that is missing or wrong
 */
export function settingsFromContext(node: Node): WaybillSettings {
  const given = Object.keys(waybillSettings.shape).map((name) => [name, node.tryGetContext(name)]);
  const parsed = waybillSettings.safeParse(
    Object.fromEntries(given.filter(([, value]) => value !== undefined)),
  );
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`Waybill's settings are not complete.\n${faults.join('\n')}`);
}
