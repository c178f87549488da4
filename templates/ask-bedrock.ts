import * as z from 'zod';
import { type LeadErrorCode, leadError } from './lead-errors.ts';
import type { Prompt } from './lead-opinion.ts';

/** A model of Amazon Bedrock. What it costs is said at https://aws.amazon.com/bedrock/pricing/. */
export const BedrockModel = z.strictObject({
  provider: z.literal('bedrock'),
  /** The id of a model, or the id or ARN of an inference profile. */
  modelId: z.string().regex(/^[\w.:/-]{1,512}$/, 'must be the id of a model or of an inference profile'),
  /** That of the function where absent. */
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region, such as eu-central-1')
    .optional(),
  /** Such as that of a VPC endpoint. */
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  /** For the whole answer. */
  timeoutSeconds: z.number().int().min(1).max(600).default(60),
});
export type BedrockModel = z.infer<typeof BedrockModel>;

/** The object with two sentences in it needs a fifth of that. */
const MAX_TOKENS = 800;

/** What Bedrock calls its refusals. Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
const FAILURES: Readonly<Record<string, LeadErrorCode>> = {
  ThrottlingException: 'ModelThrottled',
  ServiceQuotaExceededException: 'ModelThrottled',
  ModelTimeoutException: 'ModelTimeout',
  ModelNotReadyException: 'ModelUnavailable',
  ServiceUnavailableException: 'ModelUnavailable',
  InternalServerException: 'ModelUnavailable',
  ModelErrorException: 'ModelUnavailable',
  AccessDeniedException: 'ModelNotAvailable',
  ResourceNotFoundException: 'ModelNotAvailable',
  ValidationException: 'ModelNotAvailable',
  // What is no JSON, where the SDK expects some.
  SyntaxError: 'InvalidModelAnswer',
};

/**
 * One question by Converse, and the text of the answer. Never tried on AWS: its tests speak to a server that answers as the
 * documentation says.
 * @throws StepError one of those of lead-errors.ts; the reason of `signal` where that is aborted
 */
export async function askBedrock(
  { modelId, region, endpoint, timeoutSeconds }: BedrockModel,
  { system, user }: Prompt,
  signal: AbortSignal,
): Promise<string> {
  const { BedrockRuntimeClient, ConverseCommand } = await import('./bedrock-runtime.ts');
  // One try: the assembly has retries of its own, which its status shows.
  const client = new BedrockRuntimeClient({ region, endpoint, maxAttempts: 1 });
  const timeout = AbortSignal.timeout(timeoutSeconds * 1_000);
  try {
    const { output, stopReason } = await client.send(
      new ConverseCommand({
        modelId,
        system: [{ text: system }],
        messages: [{ role: 'user', content: [{ text: user }] }],
        // As near to the same answer twice as a model comes.
        inferenceConfig: { maxTokens: MAX_TOKENS, temperature: 0 },
      }),
      { abortSignal: AbortSignal.any([signal, timeout]) },
    );
    const texts = (output?.message?.content ?? []).flatMap(({ text }) => (text === undefined ? [] : [text]));
    if (texts.length > 0 && stopReason === 'end_turn') return texts.join('');
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) throw leadError('ModelTimeout', `No answer within ${timeoutSeconds} s`);
    const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
    throw leadError(FAILURES[name] ?? 'ModelUnavailable', `${name}: ${message}`);
  } finally {
    // Lambda freezes between two messages, and what is open would be dead by then.
    client.destroy();
  }
  throw leadError('InvalidModelAnswer', 'The answer has no text, or was cut off');
}
