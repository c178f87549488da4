import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';

/** What is collected before it is handed on. */
const PIECE_LENGTH = 64 * 1024;

/** A result file that is written line by line while its upload runs. Nothing is uploaded where nothing was written. */
export class CsvResultFile {
  private readonly keep: (body: Readable) => Promise<void>;
  private open: { readonly body: PassThrough; readonly kept: Promise<void> } | undefined;
  private text = '';

  /** @param keep resolves when the file is kept, and rejects where its body fails */
  constructor(keep: (body: Readable) => Promise<void>) {
    this.keep = keep;
  }

  /** Waits where the upload is behind. */
  async write(text: string): Promise<void> {
    this.text += text;
    if (this.text.length > PIECE_LENGTH) await this.flush();
  }

  /** Resolves when the file is kept. */
  async end(): Promise<void> {
    if (this.text !== '') await this.flush();
    this.open?.body.end();
    await this.open?.kept;
  }

  /** Gives the file up: nothing of it stays. */
  async discard(reason: Error): Promise<void> {
    this.open?.body.destroy(reason);
    await this.open?.kept.catch(() => {});
  }

  private async flush(): Promise<void> {
    const { body, kept } = this.opened();
    const isTaken = body.write(this.text);
    this.text = '';
    // An upload that has failed reads no more.
    if (!isTaken) await Promise.race([once(body, 'drain'), kept]);
  }

  private opened() {
    if (this.open) return this.open;
    const body = new PassThrough();
    // Who keeps the file hears of it.
    body.on('error', () => {});
    const kept = this.keep(body);
    kept.catch(() => {});
    this.open = { body, kept };
    return this.open;
  }
}
