import { Redis } from 'ioredis';
import { z } from 'zod';
import { farmErrors } from '@opq/errors';

/** Where a farm's Redis is. */
export interface RedisAddress {
  /** redis:// or rediss:// (TLS). */
  readonly url: string;
  /** The same for people: without user and password. */
  readonly shown: string;
}

/**
 * Reads an address: redis://[user:password@]host[:port][/database], or rediss:// for TLS.
 * @param password for an address without one (OPQ_REDIS_PASSWORD)
 * @throws OPQ1901
 */
export function redisAddress(text: string, password = process.env['OPQ_REDIS_PASSWORD']): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw farmErrors.badAddress('it is no URL');
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:')
    throw farmErrors.badAddress(`it begins with ${url.protocol}// instead of redis:// or rediss://`);
  if (url.hostname === '') throw farmErrors.badAddress('it has no host');
  if (!/^\/?\d{0,4}$/.test(url.pathname))
    throw farmErrors.badAddress('what follows the host is no number of a database');
  // Options in the address would reach into the client's own settings.
  if (url.search !== '' || url.hash !== '')
    throw farmErrors.badAddress('it has something after the database');
  const shown = `${url.protocol}//${url.host}${url.pathname}`;
  if (url.password === '' && password !== undefined && password !== '')
    url.password = encodeURIComponent(password);
  return { url: url.href, shown };
}

/** A connection that says when it is lost for good. */
export interface Connection {
  /** The client, for commands of the farm. */
  readonly redis: Redis;
  /** Where it leads; messages show it without a password. */
  readonly address: RedisAddress;
  /** Aborted, with OPQ1904 as its reason, once Redis has been away for longer than `patience` seconds. */
  readonly lost: AbortSignal;
  /** The same work, ended with OPQ1904 when Redis is lost, and OPQ1903 where Redis refuses it. */
  guard<T>(work: Promise<T>): Promise<T>;
  /** Ends the connection at once. */
  close(): void;
}

export interface ConnectOptions {
  /** Seconds that Redis may be away in the middle of the work. */
  readonly patience: number;
}

const CONNECT_SECONDS = 10;

/** Errors of the system may come from another realm, so that only their members tell. */
const members = z.looseObject({ message: z.string().optional(), errors: z.array(z.unknown()).optional() });

function reasonOf(error: unknown): string {
  const { message, errors } = members.safeParse(error).data ?? {};
  return message || (errors?.[0] === undefined ? 'no reason is known' : reasonOf(errors[0]));
}

/** Connects to the Redis of a farm, within ten seconds. @throws OPQ1902 where nothing answers, OPQ1903 where Redis refuses */
export async function connect(address: RedisAddress, { patience }: ConnectOptions): Promise<Connection> {
  const ended = new AbortController();
  let connected = false;
  let away: number | undefined;
  const options = {
    lazyConnect: true,
    // Commands wait for the connection to come back; it is given up here, not command by command.
    maxRetriesPerRequest: null,
    connectTimeout: CONNECT_SECONDS * 1000,
    retryStrategy: () => (connected && Date.now() - (away ??= Date.now()) < patience * 1000 ? 100 : null),
  };
  const redis = new Redis(address.url, options);
  let last: unknown;
  redis.on('error', (error) => (last = error));
  redis.on('ready', () => {
    connected = true;
    away = undefined;
  });
  redis.on('end', () => {
    if (connected) ended.abort(farmErrors.lost(address.shown, patience));
  });

  const close = (): void => {
    connected = false;
    redis.disconnect();
  };
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    close();
    const reason = last ?? error;
    throw isRefusal(error) || isRefusal(reason)
      ? farmErrors.refused(address.shown, reasonOf(isRefusal(error) ? error : reason))
      : farmErrors.unreachable(address.shown, reasonOf(reason));
  }

  const guard = async <T>(work: Promise<T>): Promise<T> => {
    const gone = new Promise<never>((_, fail) => {
      const end = (): void => fail(ended.signal.reason as Error);
      if (ended.signal.aborted) end();
      else ended.signal.addEventListener('abort', end, { once: true });
      void work.finally(() => ended.signal.removeEventListener('abort', end)).catch(() => undefined);
    });
    try {
      return await Promise.race([work, gone]);
    } catch (error) {
      // What was under way is rejected in the same turn in which the end is told.
      await new Promise(setImmediate);
      if (ended.signal.aborted) throw ended.signal.reason;
      throw isRefusal(error) ? farmErrors.refused(address.shown, reasonOf(error)) : error;
    }
  };
  return { redis, address, lost: ended.signal, guard, close };
}

/** Redis answered, and the answer is no: wrong password, no permission, memory full, a replica. */
const isRefusal = (error: unknown): boolean =>
  error instanceof Error &&
  error.name === 'ReplyError' &&
  /^(NOAUTH|WRONGPASS|NOPERM|OOM|READONLY|ERR|MISCONF|DENIED)/.test(error.message);
