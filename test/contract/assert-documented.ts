import { type Answered, answerFaults, documentedRoute } from './answer-faults.ts';

/** What the gateway says of requests that lead to no function, as the document's description has it. */
const OF_NO_ROUTE = [400, 404, 413, 431];

/** @throws Error with what the OpenAPI document has against the answer */
export function assertDocumented(method: string, target: string, answer: Answered): void {
  const byGateway = !answer.headers.has('x-request-id');
  if (byGateway && OF_NO_ROUTE.includes(answer.status)) return;
  const route = documentedRoute(method, target);
  const faults = route
    ? answerFaults(route, answer)
    : [`${method} ${target} is answered ${answer.status}, and is not documented`];
  if (faults.length > 0) throw new Error(`The OpenAPI document does not have this.\n${faults.join('\n')}`);
}
