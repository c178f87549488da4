import { preferredLanguage } from '../../lib/domain/language.ts';
import type { Sight } from '../../lib/domain/owner.ts';
import { AssemblyBatch } from '../shared/assembly-batch.ts';
import type { Headers } from '../shared/authenticate.ts';
import { type Clock, systemClock } from '../shared/clock.ts';
import type { HttpAnswer, HttpHandler, HttpRequest } from '../shared/http-handler.ts';
import { httpJsonHandler } from '../shared/http-json-handler.ts';
import type { TellDependencies } from '../shared/tell-status.ts';
import { answerBatch } from './answer-batch.ts';
import { idsOfBody, idsOfQuery } from './batch-request.ts';

export interface BatchRoutesDependencies extends TellDependencies {
  readonly documents: ConstructorParameters<typeof AssemblyBatch>[0];
  /** Of the jobs. */
  readonly table: string;
  /** Whose assemblies the caller may read. */
  readonly readerOf: (headers: Headers) => Promise<Sight>;
}

/** Ways to ask for many. */
export interface BatchRoutes {
  /** POST /assemblies/batch-status */
  readonly post: HttpHandler;
  /** A GET with `batch=true`, of that reader. */
  get(request: HttpRequest, sight: Sight): Promise<HttpAnswer>;
}

export function batchRoutes(
  { documents, table, readerOf, ...telling }: BatchRoutesDependencies,
  { now, pause }: Clock = systemClock,
): BatchRoutes {
  const batch = new AssemblyBatch(documents, table, pause);
  const answer = (assemblyIds: readonly string[], sight: Sight, headers: Headers): Promise<HttpAnswer> =>
    answerBatch(
      { assemblyIds, sight, language: preferredLanguage(headers['accept-language']) },
      { batch, now, ...telling },
    );
  return {
    post: httpJsonHandler(readerOf, ({ body, headers }, sight) => answer(idsOfBody(body), sight, headers)),
    get: async (request, sight) => answer(idsOfQuery(request), sight, request.headers),
  };
}
