import type { Readable } from 'node:stream';
import type * as z from 'zod';
import type { Json } from './json.ts';

/** An uploaded file, as a step sees it. */
export interface Input {
  /** The upload's id: `original_id` of the results made from it. */
  readonly id: string;
  readonly name: string;
  /** The name without its extension. */
  readonly basename: string;
  /** The extension, without the dot; empty where there is none. */
  readonly ext: string;
  readonly size: number;
  /** As the submitter declared it: look into the file before you believe it. */
  readonly mime: string;
  /** The name of the form field. */
  readonly field: string;
  readonly md5hash: string;
  readonly meta: Readonly<Record<string, Json>>;
  /**
   * The bytes. Can be opened more than once. It fails with a FileError at its end where the md5 is not the announced
   * one, or at once where the file is gone: believe nothing before the end.
   */
  stream(): Promise<Readable>;
}

/** What is known of a result beside its bytes. */
export interface ResultDescription {
  readonly mime: string;
  /** The input that it was made from. */
  readonly original?: Pick<Input, 'id' | 'field'>;
  /** For the status: width, height, … At most 2 KB as JSON. */
  readonly meta?: Readonly<Record<string, Json>>;
}

export interface StepLog {
  info(message: string, extra?: Readonly<Record<string, string | number | boolean>>): void;
  warn(message: string, extra?: Readonly<Record<string, string | number | boolean>>): void;
}

/** What a step is given. */
export interface StepContext<Fields = unknown, Config = unknown> {
  readonly assemblyId: string;
  readonly attempt: number;
  readonly fields: Fields;
  /** What the deployment sets for this template (`templateConfig`), as its schema has it. */
  readonly config: Config;
  /** The files that are not spoiled, in the order of the submission. */
  readonly inputs: readonly Input[];
  /** What the steps before this one returned, by step name. */
  readonly outputs: Readonly<Record<string, Json>>;
  /**
   * What the last step returned before, where this attempt redoes the failed files of a partial one: `inputs` are those
   * files alone, and the results of the others stay. Undefined for any other attempt. Read when it is asked for, as it can
   * have 100 MB.
   * @throws StepError `result_missing` where it was too large for the status, and its file has gone
   */
  previousResult(): Promise<Json | undefined>;
  /** Aborted when the work is of no use any more: canceled, taken by another worker, or out of time. Hand it on. */
  readonly signal: AbortSignal;
  /** A folder of this run alone, deleted when it ends. */
  readonly tempFolder: string;
  readonly log: StepLog;
  /** The clock. A step that takes its time from nowhere else gives the same result in a test. */
  now(): Date;
  /** Says how far this step is, 0 to 1, and what it does. Cheap to call often: at most one write a second follows. */
  progress(fraction: number, message?: string): void;
  /**
   * Keeps a result file: it appears under `results[step]` with an `ssl_url`. The body is streamed to the bucket.
   * Resolves when it is there.
   */
  result(name: string, body: Readable | Uint8Array, description: ResultDescription): Promise<void>;
  /**
   * Works on every input, one after the other, and reports progress. A FileError spoils that input alone: later steps do not
   * see it, and the assembly ends as partial, or as failed where no input is left.
   */
  eachInput(work: (input: Input) => Promise<void>): Promise<void>;
}

export interface Step<Fields, Config = unknown> {
  /** `^[a-z][a-z0-9-]{0,31}$`, unique in the template. */
  readonly name: string;
  /** A short phrase for people: the progress message while the step runs. */
  readonly title: string;
  /**
   * Does the work. What the last step returns is the `result` of the assembly, and nothing where it returns nothing: JSON, of
   * more than 32 KB as `result_file`, and of 100 MB at most.
   * @throws FileError, ValidationError, or a StepError that is not retryable or of their categories, to end the attempt at
   *   once, in words that its reader understands; after any other error all steps run again, later and up to `max_retries`
   *   times, and then the attempt fails as that StepError, or as `step_failed`
   */
  run(context: StepContext<Fields, Config>): Promise<Json | undefined> | Json | undefined;
}

/** What a template's `send` is given: one recipient, and what it is sent. */
export interface SendContext<Fields = unknown, Config = unknown> {
  readonly assemblyId: string;
  readonly submissionId: string;
  readonly attempt: number;
  readonly fields: Fields;
  readonly recipient: RecipientOf<Fields>;
  /** What the deployment sets for this template (`templateConfig`), as its schema has it. */
  readonly config: Config;
  /**
   * The same for every try at this submission, in whichever attempt: hand it to the receiver, so that a try whose answer was
   * lost does not send twice. 32 hex digits.
   */
  readonly idempotencyKey: string;
  /** Aborted when the call is out of time. Hand it on. */
  readonly signal: AbortSignal;
  readonly log: StepLog;
}

type RecipientOf<Fields> = Fields extends { readonly recipients: readonly (infer Recipient)[] }
  ? Recipient
  : Readonly<Record<string, Json>>;

/** The proof that something arrived. */
export interface Receipt {
  /** What the receiver calls it; at most 200 characters are kept. */
  readonly confirmation?: string;
}

/** No more than so many a second, counted by `key` over all assemblies of the template. */
export interface RateLimit<Fields = unknown> {
  /** On average, with as many at once after a pause; can be less than 1. */
  readonly perSecond: number;
  /** What is counted by itself, such as the receiver that it goes to; all together where absent. */
  key?(recipient: RecipientOf<Fields>): string;
}

/** The work for each of `fields.recipients`, each a submission with a status of its own. */
export interface FanOut<Fields = unknown, Config = unknown> {
  /**
   * Sends to one recipient. It may be called again for the same one, where what became of a call is not known: hand on
   * `idempotencyKey`.
   * @throws RateLimitedError where the receiver asks to wait; a StepError that is not retryable, or a ValidationError, to
   *   fail this submission for good; after any other error it is tried again, later and up to `max_retries` times
   */
  send(context: SendContext<Fields, Config>): Promise<Receipt | undefined>;
  readonly rateLimit?: RateLimit<Fields>;
}

interface TemplateBase<Fields> {
  readonly id: string;
  /** What `fields` must look like. The assembly keeps them as they were sent; each step gets them parsed. */
  readonly fields: z.ZodType<Fields>;
  /** How many uploads it takes; none where absent. At most 100. */
  readonly uploads?: { readonly min: number; readonly max: number };
}

/** Worked by Waybill's worker, step by step. */
export interface WorkedTemplate<Fields = unknown, Config = unknown> extends TemplateBase<Fields> {
  readonly external?: false;
  /** What `templateConfig` must have for it; nothing where absent. */
  readonly config?: z.ZodType<Config>;
  readonly steps: readonly Step<Fields, Config>[];
  readonly fanOut?: undefined;
}

/** Worked by Waybill's worker, recipient by recipient. Takes no uploads. */
export interface SendingTemplate<Fields = unknown, Config = unknown> extends TemplateBase<Fields> {
  readonly external?: false;
  readonly steps?: undefined;
  /** What `templateConfig` must have for it; nothing where absent. */
  readonly config?: z.ZodType<Config>;
  readonly fanOut: FanOut<Fields, Config>;
}

/** Never queued for our worker: somebody else moves it through `POST /assemblies/{id}/status`. */
export interface ExternalTemplate<Fields = unknown> extends TemplateBase<Fields> {
  readonly external: true;
  /** Seconds from queued to its end, 60 to 2,592,000 (30 days): after that it has failed. A day where absent. */
  readonly timeout?: number;
  readonly steps?: undefined;
  /** `fields.recipients` become submissions, of which the updates tell. Such a template takes no uploads. */
  readonly fanOut?: true;
}

export type Template<Fields = unknown, Config = unknown> =
  | WorkedTemplate<Fields, Config>
  | SendingTemplate<Fields, Config>
  | ExternalTemplate<Fields>;

/**
 * Declares a template; put it into templates/registry.ts to make it known.
 * Its `Fields` are checked here and forgotten: a registry holds templates of all kinds, and only the template's own
 * schema decides what reaches its own steps.
 */
export const defineTemplate = <Fields, Config = unknown>(template: Template<Fields, Config>): Template =>
  template as Template;
