import { flasherErrors } from '@opq/errors';

/** What `--port` may name. */
export type PortAddress =
  | { readonly kind: 'serial'; readonly path: string }
  | { readonly kind: 'socket' | 'rfc2217'; readonly host: string; readonly port: number };

/**
 * A serial port's path (`/dev/ttyUSB0`, `COM3`), `socket://host:port` (bytes over TCP as they are), or `rfc2217://host:port`
 * (a serial line over telnet, whose rate and modem lines can be set).
 * @throws OPQ0816
 */
export function parsePort(text: string): PortAddress {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    if (text.trim() === '') throw flasherErrors.badPort(text, 'it is empty');
    return { kind: 'serial', path: text };
  }
  if (scheme !== 'socket' && scheme !== 'rfc2217')
    throw flasherErrors.badPort(text, `there is no kind of port called ${scheme}`);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw flasherErrors.badPort(text, 'host or port number cannot be read');
  }
  const port = Number(url.port);
  if (url.hostname === '' || port === 0)
    throw flasherErrors.badPort(text, `its ${url.hostname === '' ? 'host' : 'port number'} is missing`);
  if (url.username !== '' || url.search !== '' || url.hash !== '' || !['', '/'].includes(url.pathname))
    throw flasherErrors.badPort(text, 'nothing may stand beside host and port number');
  return { kind: scheme, host: url.hostname.replace(/^\[|\]$/g, ''), port };
}
