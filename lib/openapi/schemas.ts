import * as z from 'zod';
import { anyJson } from '../domain/any-json.ts';
import {
  dryRunAnswer,
  retriedAssembly,
  submittedAssembly,
  updatedAssembly,
} from '../domain/assembly-answer.ts';
import { assembliesPage, listedAssembly } from '../domain/assembly-list.ts';
import { assemblyStatus } from '../domain/assembly-status.ts';
import { batchStatus, batchStatusRequest } from '../domain/batch-status.ts';
import { health } from '../domain/health.ts';
import { conflictDetails, problemDetails, staleUpdateDetails } from '../domain/problem-details.ts';
import { deliveriesPage, shownDelivery } from '../domain/shown-delivery.ts';
import { shownSubmission, submissionsPage } from '../domain/shown-submission.ts';
import { statusUpdate, submissionResult } from '../domain/status-update.ts';
import { submitRequest } from '../domain/submit-request.ts';
import { uploadRequest } from '../domain/upload.ts';
import { webhookSecret } from '../domain/webhook-secret.ts';
import { bothSpellings, RESULT_SPELLING, UPDATE_SPELLING } from './both-spellings.ts';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What clients send. */
const REQUESTS = {
  Json: anyJson,
  SubmitRequest: submitRequest,
  UploadRequest: uploadRequest,
  StatusUpdate: statusUpdate,
  SubmissionResult: submissionResult,
  BatchStatusRequest: batchStatusRequest,
};

/** What they are answered, and what webhooks carry. */
const ANSWERS = {
  Json: anyJson,
  AssemblyStatus: assemblyStatus,
  BatchStatus: batchStatus,
  ListedAssembly: listedAssembly,
  AssembliesPage: assembliesPage,
  SubmittedAssembly: submittedAssembly,
  RetriedAssembly: retriedAssembly,
  UpdatedAssembly: updatedAssembly,
  DryRun: dryRunAnswer,
  Submission: shownSubmission,
  SubmissionsPage: submissionsPage,
  Delivery: shownDelivery,
  DeliveriesPage: deliveriesPage,
  WebhookSecret: webhookSecret,
  Health: health,
  Problem: problemDetails,
  Conflict: conflictDetails,
  StaleUpdate: staleUpdateDetails,
};

/** What is no schema of ours: the gateway's own answers, and the document itself. */
const OTHERS = {
  GatewayMessage: {
    type: 'object',
    description: 'What API Gateway says by itself, where no function was asked or none has answered.',
    properties: { message: { type: 'string' } },
    required: ['message'],
  },
  OpenApiDocument: {
    type: 'object',
    description: 'OpenAPI 3.1.',
    properties: {
      openapi: { type: 'string', pattern: '^3\\.1\\.' },
      info: { type: 'object' },
      paths: { type: 'object' },
      webhooks: { type: 'object' },
      components: { type: 'object' },
    },
    required: ['openapi', 'info', 'paths', 'webhooks', 'components'],
  },
} as const satisfies Record<string, JsonSchema>;

export type SchemaName = keyof typeof REQUESTS | keyof typeof ANSWERS | keyof typeof OTHERS;

export const schemaRef = (name: SchemaName): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** The schemas as JSON Schema 2020-12; one that is part of another is referred to. */
export const componentSchemas = (): Record<SchemaName, JsonSchema> => {
  const { StatusUpdate, SubmissionResult, ...requests } = converted(REQUESTS, 'input');
  return {
    ...requests,
    StatusUpdate: bothSpellings(StatusUpdate, UPDATE_SPELLING),
    SubmissionResult: bothSpellings(SubmissionResult, RESULT_SPELLING),
    ...converted(ANSWERS, 'output'),
    ...OTHERS,
  };
};

function converted<Name extends string>(
  schemas: Readonly<Record<Name, z.ZodType>>,
  io: 'input' | 'output',
): Record<Name, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries<z.ZodType>(schemas)) registry.add(schema, { id });
  const { schemas: found } = z.toJSONSchema(registry, {
    io,
    target: 'draft-2020-12',
    uri: (id) => `#/components/schemas/${id}`,
    override: plain,
  });
  const entries = Object.entries<JsonSchema>(found).map(([name, { $schema, $id, ...schema }]) => [
    name,
    schema,
  ]);
  return Object.fromEntries(entries) as Record<Name, JsonSchema>;
}

type Override = NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override'];

/** Says the same in fewer words. */
const plain: Override = ({ zodSchema, jsonSchema }) => {
  // Recursive in zod; any JSON at all is the empty schema.
  if (zodSchema === anyJson) {
    for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
    jsonSchema.description = 'Any JSON.';
  }
  // The format says it already, and the pattern is 300 characters long.
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  // Every number of JSON that is an integer: the bound is that of JavaScript.
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
};
