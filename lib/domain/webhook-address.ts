import ipaddr from 'ipaddr.js';

/** Where webhooks may go beyond the public internet. */
export interface WebhookPolicy {
  /** Plain HTTP is for receivers on the same machine only, as in the local cloud. */
  readonly allowHttp: boolean;
  /** CIDR ranges that are allowed although they are not public, such as `127.0.0.0/8`. */
  readonly allowedCidrs: readonly string[];
  /** Of our own API: what it posts to itself helps nobody. */
  readonly apiUrl?: string;
}

/** Ports that a web server is expected on. Elsewhere an HTTP request could speak to something that is none. */
const PUBLIC_PORTS = ['', '443', '8443'];

/** Names that never mean a public host. Source: RFC 6761, RFC 8375, and the metadata names of the clouds. */
const PRIVATE_NAMES = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa|localdomain)$/;

/** Unicast by the registries, but the metadata service of a cloud. */
const DENIED_ADDRESSES = ['168.63.129.16'];

/** Nothing that the parser of URLs would mend in silence: what is stored is what was meant. */
const PLAIN_URL = /^[a-z][a-z0-9+.-]*:\/\/[^\s\\\p{Cc}]+$/iu;

/**
 * `::8.8.8.8`, deprecated by RFC 4291 section 2.5.5.1 and outside 2000::/3. libuv writes ::808:808 so, and ipaddr.js takes
 * it for `::ffff:8.8.8.8`.
 */
const IPV4_COMPATIBLE = /^::[^:]*\./;

const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Why webhooks are not sent to `url`, as a phrase, or undefined where they are. Literal addresses are judged here; a
 * host name is judged by the addresses that it resolves to, with `isAllowedAddress`, at each send.
 */
export function whyRefused(url: string, policy: WebhookPolicy): string | undefined {
  if (!PLAIN_URL.test(url) || !URL.canParse(url)) return 'is not a URL of the form https://host/path';
  const { protocol, username, password, hostname, port, hash } = new URL(url);
  if (protocol !== 'https:' && !(policy.allowHttp && protocol === 'http:')) return 'must begin with https://';
  if (username || password) return 'must not carry a user name or password';
  if (hash) return 'must not carry a fragment';
  if (policy.apiUrl !== undefined && hostOf(url) === hostOf(policy.apiUrl)) return 'names this API itself';
  const literal = literalAddress(hostname);
  if (literal !== undefined) {
    if (isInRanges(literal, policy.allowedCidrs)) return undefined;
    if (!isAllowedAddress(literal, policy)) return 'names an address that is not public';
  } else if (policy.allowedCidrs.length === 0 && PRIVATE_NAMES.test(hostname.replace(/\.+$/, '')))
    return 'names a host that is not public';
  if (protocol === 'https:' && !PUBLIC_PORTS.includes(port)) return 'must use port 443 or 8443';
  return undefined;
}

/** True for a public address or one in the allowed ranges. `address` as DNS answers it. */
export function isAllowedAddress(address: string, { allowedCidrs }: WebhookPolicy): boolean {
  if (!ipaddr.isValid(address) || IPV4_COMPATIBLE.test(address)) return false;
  return isInRanges(address, allowedCidrs) || isPublic(address);
}

/** With the port: on one machine, receivers share the name with the API. */
function hostOf(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  return `${hostname.replace(/\.+$/, '')}:${port || (protocol === 'https:' ? 443 : 80)}`;
}

/** The WHATWG parser has already turned `127.1`, `0x7f.1` and the like into the usual four numbers. */
function literalAddress(hostname: string): string | undefined {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return ipaddr.isValid(bare) ? bare : undefined;
}

function isPublic(address: string): boolean {
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast' || DENIED_ADDRESSES.includes(parsed.toString())) return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_IPV6);
}

function isInRanges(address: string, cidrs: readonly string[]): boolean {
  const parsed = ipaddr.process(address);
  return cidrs
    .map((cidr) => ipaddr.parseCIDR(cidr))
    .some(
      ([range, bits]) =>
        range.kind() === parsed.kind() && parsed.match([range, bits] as [typeof parsed, number]),
    );
}
