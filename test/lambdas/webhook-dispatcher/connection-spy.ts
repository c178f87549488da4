import { AsyncLocalStorage } from 'node:async_hooks';
import type { lookup as dnsLookup, LookupAddress } from 'node:dns';
import { isIP, Socket } from 'node:net';

interface ConnectOptions {
  readonly host?: string;
  readonly port?: number | string;
  readonly lookup?: (
    host: string,
    options: { all: true },
    done: (error: Error | null, addresses: LookupAddress[]) => void,
  ) => void;
}

/** Tells the connections of what is watched from those of the local cloud, which may run in this process. */
const watched = new AsyncLocalStorage<string[]>();

/**
 * Runs something and takes the place of every connection that it makes, TLS or not: it resolves the name as node:net
 * does, with the `lookup` that it is given, notes where the connection would go, and makes none. No packet leaves the
 * machine, also where the guard under test fails.
 * @param through notes the connections and makes them
 * @returns what it has resolved with, and `address:port` of each connection
 */
export async function watchConnections<T>(
  run: () => Promise<T>,
  { through = false }: { through?: boolean } = {},
): Promise<{ result: T; made: readonly string[] }> {
  const connect = Socket.prototype.connect;
  Socket.prototype.connect = function note(this: Socket, ...args: unknown[]) {
    const made = watched.getStore();
    if (!made) return Reflect.apply(connect, this, args);
    const options = (Array.isArray(args[0]) ? args[0][0] : args[0]) as ConnectOptions;
    const { host = 'localhost', port, lookup } = options;
    if (through) {
      made.push(`${host}:${port}`);
      return Reflect.apply(connect, this, args);
    }
    const end = (error: Error | null, addresses: readonly { address: string }[]): void => {
      if (!error) made.push(...addresses.map(({ address }) => `${address}:${port}`));
      this.destroy(error ?? new Error('A spy connects to nothing'));
    };
    process.nextTick(() => {
      if (isIP(host) || !lookup) end(null, [{ address: host }]);
      else lookup(host, { all: true }, end);
    });
    return this;
  } as typeof connect;
  const made: string[] = [];
  try {
    return { result: await watched.run(made, run), made };
  } finally {
    Socket.prototype.connect = connect;
  }
}

/** A resolver that answers one list after the other, and the last for ever; it counts how often it was asked. */
export function fakeLookup(...answers: readonly (readonly string[])[]) {
  const names: string[] = [];
  const lookup = ((
    name: string,
    _: object,
    done: (error: null, addresses: LookupAddress[]) => void,
  ): void => {
    names.push(name);
    const addresses = answers[Math.min(names.length, answers.length) - 1] ?? [];
    process.nextTick(() =>
      done(
        null,
        addresses.map((address) => ({ address, family: isIP(address) })),
      ),
    );
  }) as unknown as typeof dnsLookup;
  return { lookup, names };
}
