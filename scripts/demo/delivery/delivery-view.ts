import type { AssemblyStatus } from '../../../lib/domain/assembly-status.ts';
import type {
  ShownSubmission as AnySubmission,
  SubmissionsPage,
} from '../../../lib/domain/shown-submission.ts';
import { call } from '../http-api-client.ts';
import type { MessageRecipient } from './message-receiver.ts';

/** A submission, as the HTTP API shows it. */
export type ShownSubmission = Omit<AnySubmission, 'recipient'> & { readonly recipient: MessageRecipient };

/** The members of a status that an assembly with recipients has for certain. */
type ShownAssembly = Pick<AssemblyStatus, 'assembly_id' | 'status' | 'attempt'> &
  Required<Pick<AssemblyStatus, 'submission_count' | 'submission_counts'>> & {
    readonly submissions?: readonly ShownSubmission[];
  };

type Page = Omit<SubmissionsPage, 'submissions'> & { readonly submissions: readonly ShownSubmission[] };

/** A page has no more. */
const MAX_PAGE = 100;

/** What is known of a delivery at one moment. */
export interface DeliveryView extends ShownAssembly {
  readonly statusCode: number;
  /** The first of them, where there are many. */
  readonly submissions: readonly ShownSubmission[];
}

/** Asks the HTTP API for a delivery. */
export class DeliveryReader {
  private readonly url: string;
  private readonly headers: Readonly<Record<string, string>>;

  constructor(url: string, headers: Readonly<Record<string, string>>) {
    this.url = url;
    this.headers = headers;
  }

  /** @param rows how many submissions are wanted, where the status does not have all of them */
  async read(rows: number): Promise<DeliveryView> {
    const { statusCode, body } = await call<ShownAssembly>(this.url, { headers: this.headers });
    const submissions =
      body.submissions ?? (await this.page(`?limit=${Math.min(rows, MAX_PAGE)}`)).submissions;
    return { ...body, statusCode, submissions };
  }

  /** Every submission, page by page. */
  async all(): Promise<ShownSubmission[]> {
    const all: ShownSubmission[] = [];
    let query = `?limit=${MAX_PAGE}`;
    for (;;) {
      const { submissions, cursor } = await this.page(query);
      all.push(...submissions);
      if (cursor === undefined) return all;
      query = `?limit=${MAX_PAGE}&cursor=${encodeURIComponent(cursor)}`;
    }
  }

  private async page(query: string): Promise<Page> {
    const { body } = await call<Page>(`${this.url}/submissions${query}`, { headers: this.headers });
    return body;
  }
}
