import type { WebhookAnswer, WebhookRequest } from '../../lambdas/webhook-dispatcher/post-webhook.ts';
import type { Invocation, Platform } from './invocation.ts';

export type ReceiverKind = 'good' | 'flaky' | 'down for hours' | 'gone' | 'dead';

/** Somebody's server, where webhooks go. */
export class Receiver {
  readonly url: string;
  private readonly kind: ReceiverKind;
  private readonly upFrom: number;
  private readonly platform: Platform;

  constructor(index: number, kind: ReceiverKind, platform: Platform) {
    this.url = `https://receiver-${index}.example/${kind.replaceAll(' ', '-')}`;
    this.kind = kind;
    this.platform = platform;
    this.upFrom = platform.scheduler.ms + platform.random.int(1, 30) * 3_600_000;
  }

  async post({ headers, body }: WebhookRequest, invocation: Invocation): Promise<WebhookAnswer> {
    await invocation.travel('webhook');
    const { history, faults, random } = this.platform;
    const [statusCode, answer] = this.answer();
    history.add({
      type: 'posted',
      post: {
        url: this.url,
        eventId: headers['webhook-id'] ?? '',
        body,
        statusCode,
        invocation: invocation.id,
      },
    });
    if (faults.happens('crash after a call', `${invocation.id} webhook`)) return invocation.crash();
    if (statusCode === 200 && this.isFlaky && random.chance(0.1)) {
      faults.note('receiver answer lost', this.url);
      return { error: 'socket hang up' };
    }
    return answer;
  }

  private get isFlaky(): boolean {
    return this.kind === 'flaky' && this.platform.faults.areOn;
  }

  private answer(): [number, WebhookAnswer] {
    const { scheduler, random, faults } = this.platform;
    if (this.kind === 'gone') {
      faults.note('receiver gone', this.url);
      return [410, { statusCode: 410 }];
    }
    if (this.kind === 'dead' || (this.kind === 'down for hours' && scheduler.ms < this.upFrom)) {
      faults.note('receiver down', this.url);
      return [0, { error: 'connect ECONNREFUSED' }];
    }
    if (this.isFlaky && random.chance(0.4)) {
      faults.note('receiver error', this.url);
      return random.chance(0.5)
        ? [500, { statusCode: 500 }]
        : [429, { statusCode: 429, retryAfter: String(random.int(1, 600)) }];
    }
    return [200, { statusCode: 200 }];
  }
}
