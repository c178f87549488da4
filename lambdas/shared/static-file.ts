import { createHash } from 'node:crypto';
import type { Headers } from './authenticate.ts';
import type { HttpAnswer } from './http-handler.ts';
import { isKnown } from './if-none-match.ts';

/** The same for everybody until the next deployment, which a cache may hear of five minutes late. */
const MINUTES = 'public, max-age=300';
/** Of what has its version in the URL. */
const FOR_GOOD = 'public, max-age=31536000, immutable';

/** What is answered as it lies in the bundle. */
export class StaticFile {
  /** Another one for other content. */
  readonly version: string;
  private readonly content: string | Buffer;
  private readonly type: string;
  private readonly headers: Readonly<Record<string, string>>;

  constructor(content: string | Buffer, type: string, headers: Readonly<Record<string, string>> = {}) {
    this.version = createHash('sha256').update(content).digest('hex').slice(0, 16);
    this.content = content;
    this.type = type;
    this.headers = headers;
  }

  /** @param versioned the URL names this very version */
  answer(headers: Headers, { versioned = false }: { versioned?: boolean } = {}): HttpAnswer {
    const etag = `"${this.version}"`;
    const common = { etag, 'cache-control': versioned ? FOR_GOOD : MINUTES };
    if (isKnown(etag, headers)) return { statusCode: 304, headers: common };
    return {
      statusCode: 200,
      headers: { ...common, 'content-type': this.type, ...this.headers },
      content: this.content,
    };
  }
}
