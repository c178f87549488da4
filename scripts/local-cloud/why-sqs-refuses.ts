interface Message {
  readonly DelaySeconds?: number;
  readonly MessageAttributes?: object;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const [MOST_ATTRIBUTES, LONGEST_DELAY_SECONDS] = [10, 900];

/**
 * Why SQS would refuse a message that fauxqs takes. In a batch it would refuse the one message; here it is the whole call.
 * @param body of any call
 */
export function whySqsRefuses(body: unknown): string | undefined {
  const { Entries, ...message } = (body ?? {}) as Message & { readonly Entries?: readonly Message[] };
  for (const { DelaySeconds = 0, MessageAttributes = {} } of [message, ...(Entries ?? [])]) {
    const attributes = Object.keys(MessageAttributes).length;
    if (attributes > MOST_ATTRIBUTES)
      return `Number of message attributes [${attributes}] exceeds the allowed maximum [${MOST_ATTRIBUTES}].`;
    if (DelaySeconds < 0 || DelaySeconds > LONGEST_DELAY_SECONDS)
      return `Value ${DelaySeconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= ${LONGEST_DELAY_SECONDS}.`;
  }
  return undefined;
}
