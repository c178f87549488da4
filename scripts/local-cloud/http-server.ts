import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';

export interface HttpServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Above API Gateway's own limit, so that its refusal is seen, and not that of Node. */
const MAX_HEADER_BYTES = 64 * 1024;

/** Listens on the loopback interface only. A raw request that is not HTTP gets a 400, as API Gateway gives. */
export async function startHttpServer(port: number, onRequest: RequestListener): Promise<HttpServer> {
  const server = createServer({ keepAliveTimeout: 60_000, maxHeaderSize: MAX_HEADER_BYTES }, onRequest);
  server.on('clientError', (_error, socket) => {
    if (!socket.writable) return socket.destroy();
    socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
  });
  await listen(server, port);
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('The HTTP server has no address.');
  return { url: `http://127.0.0.1:${address.port}`, stop: () => close(server) };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `Port ${port} is in use. Stop what listens there, or choose another port.`;
      reject(error.code === 'EADDRINUSE' ? new Error(taken, { cause: error }) : error);
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/**
 * The whole body, or undefined when it is longer than the limit. The rest is read and thrown away first, or the
 * client, still writing, would see a broken pipe and not the refusal; but no more than three times the limit.
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limitBytes) chunks.push(chunk);
      else if (length > 3 * limitBytes) resolve(undefined);
    });
    request.on('end', () => resolve(length <= limitBytes ? Buffer.concat(chunks) : undefined));
    request.on('error', reject);
  });
}
