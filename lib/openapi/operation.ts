import type { ROUTES } from '../bindings.ts';
import type { Status } from '../domain/state-machine.ts';
import type { ErrorCode } from '../domain/waybill-error.ts';
import type { ExampleName } from './examples.ts';
import type { HeaderUse } from './headers.ts';
import type { ParameterName } from './parameters.ts';
import type { SchemaName } from './schemas.ts';
import type { SecurityScheme } from './security.ts';

type Route = (typeof ROUTES)[number];

/** `POST /assemblies` and every other route of lib/bindings.ts. */
export type RouteKey = keyof { [Each in Route as `${Each['method']} ${Each['path']}`]: Each };

/** An answer of a function that is no problem. */
export interface Answer {
  readonly description: string;
  /** One of these; without any, the answer has no body or one that is no JSON. */
  readonly schemas?: readonly SchemaName[];
  /** Of JSON, where it is not `application/json`; else of what the body is. */
  readonly contentType?: string;
  /** The assembly in it is in one of these. */
  readonly statuses?: readonly Status[];
  /** Beside those that every answer has. */
  readonly headers?: readonly HeaderUse[];
  readonly examples?: readonly ExampleName[];
}

/** What a route is for, what it takes, and everything that it can answer. */
export interface Operation {
  readonly id: string;
  readonly tag: 'Assemblies' | 'Results' | 'Webhooks' | 'Deployment';
  readonly summary: string;
  readonly description?: string;
  /** One of these is enough; anybody may ask where there is none. */
  readonly security: readonly SecurityScheme[];
  readonly parameters?: readonly ParameterName[];
  readonly body?: { readonly schema: SchemaName; readonly examples: readonly ExampleName[] };
  /** By HTTP status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Their statuses follow from them. */
  readonly problems: readonly ErrorCode[];
}
