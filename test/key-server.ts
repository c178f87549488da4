import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JSONWebKeySet } from 'jose';

/** How it answers: with its keys, not at all, or by hanging up. */
export type KeyServerMood = 'well' | 'silent' | 'down';

/** The issuer that serves its key set, on this machine. */
export class KeyServer {
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  mood: KeyServerMood = 'well';
  readonly #server: Server;

  constructor(keys: () => JSONWebKeySet) {
    this.#server = createServer((request, response) => {
      this.asked.push(request.url ?? '');
      if (this.mood === 'down') request.socket.destroy();
      if (this.mood === 'well') response.end(JSON.stringify(keys()));
    });
  }

  /** @returns the URL of the key set */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/keys`;
  }

  stop(): Promise<unknown> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }
}
