import type { Platform } from './invocation.ts';

interface Message {
  readonly id: string;
  readonly body: string;
  readonly sentAt: number;
  visibleAt: number;
  receiveCount: number;
}

export interface QueueSettings {
  readonly visibilitySeconds: number;
  /** Where messages go that were received too often. */
  readonly deadLetters?: SimulatedQueue;
}

const MAX_RECEIVE_COUNT = 5;
const RETENTION_MS = 4 * 86_400_000;
const DEAD_LETTER_RETENTION_MS = 14 * 86_400_000;

/** A standard queue of SQS: at least once, in any order, hidden while somebody has it, to the dead letters after five receives. */
export class SimulatedQueue {
  readonly name: string;
  readonly messages = new Set<Message>();
  /** Told when there may be something to receive, after so many milliseconds. */
  onVisible: (afterMs: number) => void = () => {};
  private readonly platform: Platform;
  private readonly settings: QueueSettings;
  private serial = 0;

  constructor(name: string, settings: QueueSettings, platform: Platform) {
    this.name = name;
    this.settings = settings;
    this.platform = platform;
  }

  send(body: string, delaySeconds = 0): void {
    this.platform.history.add({ type: 'sent', queue: this.name, body, delay: delaySeconds });
    this.add(body, delaySeconds * 1000, this.platform.scheduler.ms);
  }

  /** Up to so many that are visible, in any order. */
  receive(limit: number): Message[] {
    const { scheduler, random, faults } = this.platform;
    const received: Message[] = [];
    const visible = [...this.messages].filter(({ visibleAt }) => visibleAt <= scheduler.ms);
    while (visible.length > 0 && received.length < limit) {
      const [message] = visible.splice(random.int(0, visible.length - 1), 1) as [Message];
      if (this.isGone(message)) continue;
      message.receiveCount += 1;
      const copied = faults.happens('duplicate message', `${this.name} ${message.id}`);
      this.hide(message, copied ? random.int(0, 20_000) : this.settings.visibilitySeconds * 1000);
      received.push(message);
    }
    return received;
  }

  delete(message: Message): void {
    if (this.platform.faults.happens('lost delete', `${this.name} ${message.id}`)) return;
    this.messages.delete(message);
  }

  private add(body: string, delayMs: number, sentAt: number): void {
    const { random, faults } = this.platform;
    this.serial += 1;
    const id = `${this.name}-${this.serial}`;
    const late = faults.happens('late message', id) ? random.int(1_000, 120_000) : 0;
    const message = { id, body, sentAt, visibleAt: 0, receiveCount: 0 };
    this.messages.add(message);
    this.hide(message, delayMs + random.int(1, 300) + late);
  }

  private hide(message: Message, ms: number): void {
    message.visibleAt = this.platform.scheduler.ms + ms;
    this.onVisible(ms);
  }

  private isGone(message: Message): boolean {
    const { deadLetters } = this.settings;
    const retention = deadLetters ? RETENTION_MS : DEAD_LETTER_RETENTION_MS;
    const expired = this.platform.scheduler.ms - message.sentAt > retention;
    const spent = deadLetters !== undefined && message.receiveCount >= MAX_RECEIVE_COUNT;
    if (!expired && !spent) return false;
    this.messages.delete(message);
    if (!expired && deadLetters) {
      this.platform.history.add({ type: 'dead', queue: this.name, body: message.body });
      // A dead letter keeps the time at which it was first sent.
      deadLetters.add(message.body, 0, message.sentAt);
    }
    return true;
  }
}
