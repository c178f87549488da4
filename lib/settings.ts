import * as z from 'zod';
import { isSecretArn, jwtSetting } from './domain/jwt-setting.ts';
import { WEBHOOK_SCHEDULE } from './domain/retry-schedule.ts';
import { templateConfig } from './domain/template-config.ts';

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

/**
 * As browsers write it. A slash at the end it would never be, and API Gateway refuses a wildcard for a part of a name while it
 * deploys. Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
const ORIGIN = /^(\*|https?:\/\/\*|[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+(:\d{1,5})?)$/;

/** Without a wildcard: the right to invoke is the right to spend. */
const BEDROCK_ARN =
  /^arn:aws[\w-]*:bedrock:[a-z0-9-]*:(\d{12})?:(foundation-model|(application-)?inference-profile|provisioned-model|custom-model-deployment|imported-model)\/[\w.:-]+$/;
const BEDROCK_ARN_FORM = 'must be ARNs of models or inference profiles of Bedrock, without wildcards';

const DEFAULT_JWT_ISSUER = 'waybill';

/** What can be set for a deployment: in the context of cdk.json or with `cdk deploy -c name=value`. */
export const waybillSettings = z
  .strictObject({
    /**
     * `generated`, the ARN of a secret `{"current": "…", "previous": "…"}` of at least 32 bytes each, the URL of the issuer's
     * key set, or that set. Needed.
     */
    jwt: jwtSetting,
    /** The `iss` that tokens must have. */
    jwtIssuer: z.string().min(1).default(DEFAULT_JWT_ISSUER),
    /** The `aud` that tokens must have. */
    jwtAudience: z.string().min(1).default('waybill'),
    /** The only `typ` that tokens may have, such as `at+jwt`. Without it: `JWT`, `at+jwt` or none. */
    jwtType: z
      .string()
      .regex(/^[\w.+/-]{1,64}$/, { error: 'must be a media type, such as at+jwt' })
      .optional(),
    /**
     * Whether users belong to tenants: each token then names one in the claim `tenant_id`, and nobody sees what is in another.
     * To be decided before the first job: what was submitted without tenants belongs to none.
     */
    tenants: flag.default(false),
    /** Whether each request must name its tenant in `X-Site-Id`, too. Where it does not, the header may be left out. */
    siteIdRequired: flag.default(false),
    /** The Git branch that is deployed: `branch` in every status. */
    branch: z.string().min(1).default('main'),
    /** The longest that the steps of one assembly may take. Lambda allows 900. */
    workerTimeoutSeconds: wholeNumber(5, 900).default(300),
    /** Megabytes of memory, and with them the share of a CPU, of the worker. */
    workerMemoryMb: wholeNumber(128, 10_240).default(1_024),
    /** How many assemblies are in work at once. */
    workerConcurrency: wholeNumber(2, 1_000).default(50),
    /** What templates are told, by their ids. No secrets: it stands in the template of the stack. */
    templateConfig: templateConfig.default({}),
    /**
     * Models of Bedrock that the worker may invoke, by their ARNs, comma-separated: for templates that ask one. An inference
     * profile needs its own ARN and those of its models in each region that it reaches. None by default.
     */
    bedrockModelArns: list
      .pipe(z.array(z.string().regex(BEDROCK_ARN, { error: BEDROCK_ARN_FORM })).max(20))
      .default([]),
    /** How many batches of up to ten submissions are in work at once. */
    submissionConcurrency: wholeNumber(2, 1_000).default(20),
    /** The longest that sending to one recipient may take. */
    submissionTimeoutSeconds: wholeNumber(5, 890).default(30),
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
    corsAllowedOrigins: list
      .pipe(
        z.array(
          z
            .string()
            .regex(ORIGIN, { error: 'must be origins in lower case, such as https://app.example.com' }),
        ),
      )
      .default([]),
    /**
     * Requests a second that the API takes, over all callers; what is above gets 429. AWS aims at it and does not promise
     * it, and the quota of the account and region holds above it.
     */
    throttleRate: wholeNumber(1, 100_000).default(1_000),
    /** Requests that the API takes at once, before `throttleRate` counts. */
    throttleBurst: wholeNumber(1, 100_000).default(2_000),
    /** How often each owner may submit in a minute, and as often at once after a pause; 0: as often as they like. */
    ownerSubmissionsPerMinute: wholeNumber(0, 60_000).default(600),
    /** How many assemblies that have not ended each owner may have, about; 0: as many as they like. */
    ownerOpenAssemblies: wholeNumber(0, 100_000).default(1_000),
    /** A domain of your own for the API. With it `certificateArn` is needed, and a record in your DNS. */
    domainName: z
      .string()
      .max(253)
      .regex(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, {
        error: 'must be a domain in lower case, such as jobs.example.com',
      })
      .optional(),
    /** The certificate of `domainName`, in ACM and in the region of the stack. */
    certificateArn: z
      .string()
      .regex(/^arn:aws[\w-]*:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/, {
        error: 'must be the ARN of a certificate in ACM',
      })
      .optional(),
    /** Where docs/runbook.md can be read; every alarm links to its heading there. */
    runbookUrl: z.string().min(1).default('docs/runbook.md'),
    /** The SNS topic that alarms notify. None by default. */
    alarmTopicArn: z
      .string()
      .regex(/^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]{1,256}$/, { error: 'must be the ARN of an SNS topic' })
      .optional(),
    /** Whether there is a CloudWatch dashboard, which AWS bills by the month. */
    dashboard: flag.default(true),
    /** The least that functions log. Metrics are lines of the log that no level holds back. */
    logLevel: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']).default('INFO'),
    /** The folder with the functions' bundles, relative to that of cdk.json. */
    bundles: z.string().min(1).default('.build/deploy'),
    /** What `cdk destroy` does with the tables: `retain` keeps them, `destroy` deletes them with all jobs. */
    removalPolicy: z.enum(['retain', 'destroy']).default('retain'),
  })
  .refine(
    ({ jwt, jwtIssuer }) =>
      jwtIssuer !== DEFAULT_JWT_ISSUER || jwt === 'generated' || isSecretArn(String(jwt)),
    { path: ['jwtIssuer'], error: 'must be the "iss" of the issuer whose keys "jwt" names' },
  )
  .refine(({ retentionDays, fileRetentionDays }) => fileRetentionDays > retentionDays, {
    path: ['fileRetentionDays'],
    error: 'must be more than retentionDays',
  })
  .refine(({ tenants, siteIdRequired }) => tenants || !siteIdRequired, {
    path: ['siteIdRequired'],
    error: 'needs tenants',
  })
  .refine(({ domainName, certificateArn }) => (domainName === undefined) === (certificateArn === undefined), {
    path: ['domainName'],
    error: 'needs certificateArn, and certificateArn needs domainName',
  });

export type WaybillSettings = z.infer<typeof waybillSettings>;
