import { S3Error } from './s3-error.ts';

/** An element's content: text, or elements by name; an array repeats its name. */
export type Xml = string | number | boolean | { readonly [name: string]: Xml | readonly Xml[] | undefined };

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A document as S3 writes its results; its errors have no namespace. */
export const xmlResult = (root: string, content: Xml): string =>
  `${DECLARATION}<${root} xmlns="${NAMESPACE}">${contentOf(content)}</${root}>`;

export const xmlError = (content: Xml): string => `${DECLARATION}<Error>${contentOf(content)}</Error>`;

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

function contentOf(content: Xml): string {
  if (typeof content !== 'object') return escaped(String(content));
  return Object.entries(content)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((each) => [name, each] as const))
    .filter((entry): entry is readonly [string, Xml] => entry[1] !== undefined)
    .map(([name, value]) => `<${name}>${contentOf(value)}</${name}>`)
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

// A bare carriage return would come out of the reader's parser as a newline.
const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (each) => ENTITIES[each] ?? each).replaceAll('\r', '&#13;');

/** The content of a request's root element, `repeated` elements always as arrays; what is not XML is refused. */
export async function parseXml(
  text: string,
  root: string,
  repeated: string,
): Promise<Record<string, unknown>> {
  // Here, so that the local cloud's start does not wait for it: few requests have XML.
  const { XMLParser } = await import('fast-xml-parser');
  const parser = new XMLParser({
    parseTagValue: false,
    trimValues: false,
    isArray: (name) => name === repeated,
    numberParseOptions: { hex: false, leadingZeros: false },
  });
  let document: Record<string, unknown>;
  try {
    document = parser.parse(text, true) as Record<string, unknown>;
  } catch {
    throw new S3Error('MalformedXML');
  }
  const content = document[root];
  if (typeof content !== 'object' || content === null) throw new S3Error('MalformedXML');
  return content as Record<string, unknown>;
}
