import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import type { AssemblyStatus } from '../domain/assembly-status.ts';
import type { Language } from '../domain/language.ts';

export interface StatusLambdaClientOptions extends LambdaClientConfig {
  /** The output `StatusFunctionName` of the stack. */
  readonly functionName: string;
}

/** `success` says whether there is a status; then `error` and `statusCode` say why not: 404, 401, 400, 503. */
export type StatusLambdaResult =
  | { readonly success: true; readonly status: AssemblyStatus; readonly webhookQueued?: boolean }
  | { readonly success: false; readonly error: string; readonly statusCode: number };

export interface StatusOptions {
  readonly language?: Language;
  /** Of the user, where tenants are on. */
  readonly tenantId?: string;
}

interface StatusAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Asks the status function directly, without the HTTP API: for back ends in the same account, which IAM lets do so
 * (`lambda:InvokeFunction`). Same client as seed 003's (Transflow's).
 */
export class StatusLambdaClient {
  private readonly client: LambdaClient;
  private readonly functionName: string;

  constructor({ functionName, ...config }: StatusLambdaClientOptions) {
    this.client = new LambdaClient(config);
    this.functionName = functionName;
  }

  /**
   * The status of an assembly of that user, its sentences in `language` (English where it is not said).
   * @throws what the SDK throws where the function could not be reached at all
   */
  getStatus(assemblyId: string, userId: string, options: StatusOptions = {}): Promise<StatusLambdaResult> {
    return this.invoke({ assemblyId, userId, ...options });
  }

  /**
   * As `getStatus`, and puts a webhook with the current status on its way to the assembly's `webhook_url`.
   * `webhookQueued` is false where it has none.
   */
  getStatusWithWebhook(
    assemblyId: string,
    userId: string,
    options: StatusOptions = {},
  ): Promise<StatusLambdaResult> {
    return this.invoke({ assemblyId, userId, triggerWebhook: true, ...options });
  }

  private async invoke(call: object): Promise<StatusLambdaResult> {
    const { Payload, FunctionError } = await this.client.send(
      new InvokeCommand({ FunctionName: this.functionName, Payload: JSON.stringify(call) }),
    );
    if (FunctionError || !Payload)
      return { success: false, error: `The status function failed: ${FunctionError}`, statusCode: 500 };
    const { statusCode, headers, body } = JSON.parse(Payload.transformToString()) as StatusAnswer;
    if (statusCode !== 200 && statusCode !== 202) {
      const { title, detail } = JSON.parse(body) as { title: string; detail: string };
      return { success: false, error: `${title}. ${detail}`, statusCode };
    }
    const webhook = headers['x-waybill-webhook'];
    return {
      success: true,
      status: JSON.parse(body) as AssemblyStatus,
      ...(webhook !== undefined && { webhookQueued: webhook === 'queued' }),
    };
  }
}
