import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { OpqError } from '@opq/errors';
import fc from 'fast-check';
import { SerialPort } from 'serialport';
import { openPort, parsePort, type SerialLine } from '../src';
import { portHolder } from '../src/port-holder';
import { lockPort } from '../src/port-lock';
import { escapeTelnet, negotiation, subnegotiation, telnetParser } from '../src/telnet';
import { describeWithPty, openPty } from './support/pty';
import { comPortServer, rawServer, type SerialServer } from './support/serial-server';

const baudRate = 115200;

/** Reads so many bytes. */
function read(line: SerialLine, count: number): Promise<readonly number[]> {
  const bytes: number[] = [];
  return new Promise((resolve, reject) => {
    line.onClose(reject);
    line.onData((chunk) => {
      bytes.push(...chunk);
      if (bytes.length >= count) resolve(bytes);
    });
  });
}
const lost = (line: SerialLine): Promise<Error> => new Promise((resolve) => line.onClose(resolve));
const every = Uint8Array.from({ length: 512 }, (_, i) => i);

test.each([
  ['/dev/ttyUSB0', { kind: 'serial', path: '/dev/ttyUSB0' }],
  ['COM3', { kind: 'serial', path: 'COM3' }],
  ['socket://board.local:4000', { kind: 'socket', host: 'board.local', port: 4000 }],
  ['rfc2217://[::1]:2217/', { kind: 'rfc2217', host: '::1', port: 2217 }],
])('port %s', (text, address) => expect(parsePort(text)).toEqual(address));

test.each([
  ['', /empty/],
  ['http://x:1', /no kind of port called http/],
  ['socket://x', /port number is missing/],
  ['socket://:4000', /host/],
  ['socket://x:99999', /cannot be read/],
  ['rfc2217://x:1?ign_set_control', /nothing may stand beside/],
])('port "%s" is refused', (text, words) => {
  expect(() => parsePort(text)).toThrow(words);
  expect(() => parsePort(text)).toThrow(expect.objectContaining({ code: 'OPQ0816' }));
});

test('every text is a port or OPQ0816', () => {
  const schemes = fc.constantFrom('', 'socket://', 'rfc2217://', 'x:');
  fc.assert(
    fc.property(schemes, fc.string({ unit: 'binary' }), (scheme, text) => {
      try {
        expect(parsePort(scheme + text).kind).toMatch(/serial|socket|rfc2217/);
      } catch (error) {
        expect(error).toMatchObject({ code: 'OPQ0816' });
      }
    }),
  );
});

describe('telnet', () => {
  const parsed = (pieces: readonly Uint8Array[]) => {
    const [data, said]: [number[], unknown[]] = [[], []];
    const parse = telnetParser({
      data: (bytes) => void data.push(...bytes),
      negotiation: (verb, option) => void said.push([verb, option]),
      subnegotiation: (option, bytes) => void said.push([option, ...bytes]),
    });
    pieces.forEach(parse);
    return { data, said };
  };

  test('data, negotiations and subnegotiations come through in pieces of any size', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array({ maxLength: 100 }), fc.nat(7), (data, sub, cut) => {
        const stream = [...escapeTelnet(data), ...negotiation('do', 44), ...subnegotiation(44, sub), ...escapeTelnet(data)];
        const pieces = [stream.slice(0, stream.length - cut), stream.slice(stream.length - cut)];
        const found = parsed(pieces.map((piece) => Uint8Array.from(piece)));
        expect(found).toEqual({ data: [...data, ...data], said: [['do', 44], [44, ...sub]] });
      }),
    ); // prettier-ignore
  });

  test('any bytes are survived', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parsed([bytes])));
  });
});

describe('over TCP', () => {
  let server: SerialServer | undefined;
  let line: SerialLine | undefined;
  afterEach(async () => {
    await line?.close();
    await server?.close();
    [line, server] = [undefined, undefined];
  });

  test('socket:// passes every byte on as it is', async () => {
    server = await rawServer();
    line = await openPort(`socket://127.0.0.1:${server.port}`, { baudRate });
    await line.write(every);
    expect(await read(line, 512)).toEqual([...every]);
    expect(server.received).toEqual([...every]);
    expect(await line.setSignals({ dtr: true })).toBe(false);
  });

  test('rfc2217:// sets the line, doubles 255, and switches modem lines', async () => {
    server = await comPortServer();
    line = await openPort(`rfc2217://127.0.0.1:${server.port}`, { baudRate, parity: 'even' });
    expect(server.set).toEqual(['1=115200', '2=8', '3=3', '4=1', '5=1']);
    await line.write(every);
    expect(await read(line, 512)).toEqual([...every]);
    expect(server.received).toEqual([...every]);
    expect(await line.setSignals({ dtr: true, rts: false, break: true })).toBe(true);
    await line.setBaudRate(921600);
    expect(server.set.slice(5)).toEqual(['5=8', '5=12', '5=5', '1=921600']);
  });

  test.each([
    ['that refuses the option', { refuse: true }, 'OPQ0818', /it refuses/],
    ['that says nothing', { mute: true }, 'OPQ0818', /does not answer/],
    ['whose line has another rate', { baudRate: 9600 }, 'OPQ0806', /does not do 115200 baud/],
  ])('a server %s', async (_, faults, code, words) => {
    server = await comPortServer(faults);
    const opening = openPort(`rfc2217://127.0.0.1:${server.port}`, { baudRate });
    await expect(opening).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
  }); // prettier-ignore

  test('a server that goes away', async () => {
    server = await rawServer();
    line = await openPort(`socket://127.0.0.1:${server.port}`, { baudRate });
    const gone = lost(line);
    server.drop();
    expect(await gone).toMatchObject({ code: 'OPQ0807' });
    await expect(line.write(every)).rejects.toMatchObject({ code: 'OPQ0807' });
  });

  test('a server that stops reading does not hold a write for ever', async () => {
    server = await rawServer({ deaf: true });
    line = await openPort(`socket://127.0.0.1:${server.port}`, { baudRate: 1e9 });
    await expect(line.write(new Uint8Array(64 << 20))).rejects.toMatchObject({ code: 'OPQ0819' });
  });

  test('nobody listens; the name is unknown; it is stopped', async () => {
    const unused = await rawServer();
    await unused.close();
    const name = `socket://127.0.0.1:${unused.port}`;
    await expect(openPort(name, { baudRate })).rejects.toMatchObject({
      code: 'OPQ0817',
      message: expect.stringMatching(/nothing listens there/),
    });
    const aborted = openPort(name, { baudRate, signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ code: 'OPQ0814' });
  });
});

describeWithPty('a serial port', () => {
  test('passes every byte on in both directions', async () => {
    const pty = await openPty();
    const received: number[] = [];
    pty.onData((bytes) => {
      received.push(...bytes);
      pty.write(bytes);
    });
    const line = await openPort(pty.path, { baudRate });
    await line.write(every);
    expect(await read(line, 512)).toEqual([...every]);
    expect(received).toEqual([...every]);
    await line.setBaudRate(921600);
    expect(await line.setSignals({ dtr: true, rts: false })).toBe(false);
    await line.close();
    await pty.close();
  });

  test('that vanishes in the middle', async () => {
    const pty = await openPty();
    const line = await openPort(pty.path, { baudRate });
    const gone = lost(line);
    pty.vanish();
    expect(await gone).toMatchObject({ code: 'OPQ0807', message: expect.stringContaining(pty.path) });
    await expect(line.write(every)).rejects.toMatchObject({ code: 'OPQ0807' });
    await line.close();
  });

  test('that another program has open: its process is named, and there is no waiting', async () => {
    const pty = await openPty();
    const other = new SerialPort({ path: pty.path, baudRate, autoOpen: false });
    await new Promise<void>((resolve) => other.open(() => resolve()));
    await expect(openPort(pty.path, { baudRate, wait: 60 })).rejects.toMatchObject({
      code: 'OPQ0804',
      message: expect.stringMatching(new RegExp(`in use by process ${process.pid} \\(\\S+\\)`)),
    });
    expect(await portHolder(pty.path)).toMatchObject({ pid: process.pid });
    await new Promise<void>((resolve) => other.close(() => resolve()));
    await pty.close();
  });

  test('that the user may not open', async () => {
    if (process.getuid?.() !== 0)
      return void process.stderr.write('skipped: a forbidden port (needs root)\n');
    const folder = mkdtempSync(join(tmpdir(), 'opq-port-'));
    const path = join(folder, 'port');
    writeFileSync(path, '');
    chmodSync(folder, 0o755);
    chownSync(path, 0, 20);
    chmodSync(path, 0o660);
    process.seteuid?.(65534);
    const error: unknown = await openPort(path, { baudRate }).catch((reason: unknown) => reason);
    process.seteuid?.(0);
    rmSync(folder, { recursive: true });
    expect(error).toMatchObject({
      code: 'OPQ0805',
      message: expect.stringMatching(/belongs to group dialout/),
    });
    expect(error).toMatchObject({ hint: expect.stringMatching(/usermod -aG dialout "\$USER".*udev/) });
  });
});

describe('the lock of a port', () => {
  const name = `/dev/of-this-test-${process.pid}`;
  const holding = `
    require('${resolve(__dirname, '../src/port-lock.ts')}').lockPort(process.argv[1], { seconds: 0 })
      .then(() => { console.log('held'); setInterval(() => undefined, 1000); });`;

  /** Another process that holds it. */
  function hold(): Promise<{ readonly pid: number | undefined; end(): void }> {
    const child = spawn(process.execPath, ['-r', '@swc-node/register', '-e', holding, name], {
      cwd: resolve(__dirname, '../../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return new Promise((done) =>
      child.stdout.once('data', () => done({ pid: child.pid, end: () => void child.kill('SIGKILL') })),
    );
  }

  test('a second process refuses, and names the first', async () => {
    const other = await hold();
    const asked = lockPort(name, { seconds: 0.2 });
    await expect(asked).rejects.toMatchObject({
      code: 'OPQ0804',
      message: `Port ${name} is in use by process ${other.pid} (opq).`,
    });
    other.end();
  });

  test('a second process waits for the first, even for one that is killed', async () => {
    const other = await hold();
    const waited: unknown[] = [];
    const release = await lockPort(name, {
      seconds: 30,
      onWait: (pid) => {
        waited.push(pid);
        other.end();
      },
    });
    expect(waited).toEqual([other.pid]);
    await release();
  });

  test('waiting is stopped on request; who lets go can be followed', async () => {
    const release = await lockPort(name, { seconds: 0 });
    const controller = new AbortController();
    const options = { seconds: 60, signal: controller.signal, onWait: () => controller.abort() };
    await expect(lockPort(name, options)).rejects.toMatchObject({ code: 'OPQ0814' });
    await release();
    await (
      await lockPort(name, { seconds: 0 })
    )();
  });

  test('only one of many that come at once gets it', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => lockPort(name, { seconds: 0 })));
    const held = tries.flatMap((t) => (t.status === 'fulfilled' ? [t.value] : []));
    const refused = tries.flatMap((t) => (t.status === 'rejected' ? [t.reason as OpqError] : []));
    expect(held).toHaveLength(1);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['OPQ0804']));
    await held[0]?.();
  });
});
