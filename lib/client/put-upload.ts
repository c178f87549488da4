/** How one file is brought: an entry of `uploads` in the answer to a submission. */
export interface UploadRequest {
  readonly method: string;
  readonly url: string;
  /** Signed: sent with exactly these values. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The bucket did not take the file: it is not the one that was announced, or the URL is over. Announce it again. */
export class UploadRefused extends Error {
  override readonly name = 'UploadRefused';
  readonly code = 'upload_refused';
  readonly statusCode: number;
  /** The word of S3: `BadDigest`, `SignatureDoesNotMatch`, `AccessDenied`, … */
  readonly reason: string;

  constructor(statusCode: number, reason: string) {
    super(`The bucket refused the upload: ${reason} (${statusCode})`);
    this.statusCode = statusCode;
    this.reason = reason;
  }
}

/**
 * Puts a file into the bucket, as the submission asked for it. For browsers and Node.
 * @param body of known length, since S3 takes no other: bytes, or a Blob (in Node `openAsBlob` of node:fs makes one of a
 *   file without reading it)
 * @throws UploadRefused where the bucket says no; what `fetch` throws where it could not be reached
 */
export async function putUpload(
  { method, url, headers }: UploadRequest,
  body: Blob | Uint8Array<ArrayBuffer>,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  // `fetch` sets the length itself, from the body, and lets nobody else.
  const { 'content-length': _, ...others } = headers;
  const response = await fetch(url, { method, headers: others, body, signal });
  const text = await response.text();
  if (response.ok) return;
  throw new UploadRefused(response.status, /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? response.statusText);
}
