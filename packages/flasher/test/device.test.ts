import { getEventListeners } from 'node:events';
import { connectDevice } from '../src';
import { fakeBoard, type Faults } from './fake-board';

const connect = (faults: Faults = {}, seconds = 5) => {
  const board = fakeBoard(faults);
  return connectDevice(board, { seconds }).then((device) => ({ device, board }));
};

test('a board that answers is asked for everything', async () => {
  const { device } = await connect();
  expect(await device.info()).toMatchObject({
    target: 'fake',
    modelCrc: '00c0ffee',
    inputBytes: 4,
    timerHz: 1e6,
  });
  await device.load(Int8Array.of(1, -2, 3, 64));
  expect(await device.infer()).toEqual({ output: Int8Array.of(2, -4, 6, -128), ticks: 123 });
  expect(await device.profile()).toEqual([100, 20]);
  expect(await device.selfTest()).toEqual({ passed: true });
  expect(await device.memory()).toEqual({ arenaBytes: 64, stackPeak: 100, stackSize: 512 });
  expect(await device.inferenceStack()).toBe(88);
});

test.each<[string, Faults]>([
  ['that boots with noise', { boot: '\u0000\u00ff\u0007garbage%%\r\nm-ready\r\nm-lap-us-17\r\nm-ready\r\n' }],
  ['that is deaf at first', { deaf: 2 }],
  ['that was half through a line', { boot: 'm-na' }],
  ['that is slow', { delay: 60 }],
])(
  'a board %s is found',
  async (_, faults) => {
    const { device } = await connect(faults, 10);
    expect((await device.info()).layers).toBe(2);
  },
  20_000,
);

test.each([1, 2, 5])(
  '%i late acknowledgements of an upload are no answer to the next command',
  async (late) => {
    const { device, board } = await connect({ lateAcknowledgements: late });
    await device.load(Int8Array.of(1, 2, 3, 4));
    expect((await device.infer()).output).toEqual(Int8Array.of(2, 4, 6, 8));
    expect(await device.profile()).toEqual([100, 20]);
    expect(await device.command('x-loaded')).toEqual(['x-loaded-4-b63cfbcd']);
    expect(board.said.filter((line) => line === 'x-infer')).toHaveLength(1);
  },
);

test('commands given at once go one after the other', async () => {
  const { device, board } = await connect({ delay: 5 });
  await device.load(Int8Array.of(1, 1, 1, 1));
  const [info, inference, memory] = await Promise.all([device.info(), device.infer(), device.memory()]);
  expect([info.layers, inference.ticks, memory.stackSize]).toEqual([2, 123, 512]);
  expect(board.said.slice(-3)).toEqual(['x-info', 'x-infer', 'x-memory']);
});

test("a timer is held against the host's clock", async () => {
  const { device } = await connect();
  expect(await device.clockRate()).toBeCloseTo(2, 1);
});

test('damaged frames are sent again, but not for ever', async () => {
  const { device } = await connect({ damagedFrames: 64 });
  await device.load(Int8Array.of(5, 6, 7, 8));
  expect((await device.infer()).output).toEqual(Int8Array.of(10, 12, 14, 16));
  const { device: worse } = await connect({ damagedFrames: 65 });
  await expect(worse.load(Int8Array.of(5, 6, 7, 8))).rejects.toMatchObject({ code: 'OPQ0812' });
  // and the board is ready for commands again
  expect((await worse.info()).layers).toBe(2);
});

test('firmware that speaks another version of the protocol', async () => {
  const { device } = await connect({ answers: { 'x-info': ['x-protocol-1', 'x-target-[fake]'] } });
  await expect(device.info()).rejects.toMatchObject({ code: 'OPQ0836' });
});

test('an input of the wrong size', async () => {
  const { device } = await connect();
  await expect(device.load(Int8Array.of(1))).rejects.toMatchObject({
    code: 'OPQ0813',
    message: expect.stringContaining('takes 4 bytes, not 1'),
  });
  // and the board is still in step
  expect((await device.info()).layers).toBe(2);
});

test('a board that never answers', async () => {
  await expect(connect({ silent: true }, 1)).rejects.toMatchObject({ code: 'OPQ0808' });
});

test('the port is closed when nothing answers', async () => {
  const board = fakeBoard({ silent: true });
  await connectDevice(board, { seconds: 0.5 }).catch(() => undefined);
  expect(board.closed).toBe(true);
});

test('a board that goes away in the middle', async () => {
  const { device } = await connect({ diesAt: 'x-profile' });
  await expect(device.profile()).rejects.toThrow('gone');
});

test.each([
  ['an error', ['e-[No input loaded]'], 'OPQ0809'],
  ['nothing', [], 'OPQ0810'],
  ['no number', ['x-input-crc-00000000', 'x-ticks-many', 'x-output-00'], 'OPQ0810'],
  ['no hexadecimal', ['x-input-crc-00000000', 'x-ticks-1', 'x-output-zz'], 'OPQ0810'],
  ['no checksum of its input', ['x-ticks-1', 'x-output-00'], 'OPQ0810'],
])('a board that answers x-infer with %s', async (_, answer, code) => {
  const { device } = await connect({ answers: { 'x-infer': answer } });
  await expect(device.infer()).rejects.toMatchObject({ code });
});

test('a board that restarted after the load is found out', async () => {
  const { device } = await connect({ answers: { 'x-infer': ['x-input-crc-2144df1c', 'x-ticks-1', 'x-output-00000000'] } }); // prettier-ignore
  await device.load(Int8Array.of(5, 6, 7, 8));
  await expect(device.infer()).rejects.toMatchObject({ code: 'OPQ0840' });
});

test.each([
  ['x-selftest-fail-layer-3', { passed: false, failed: 'layer', index: 3 }],
  ['x-selftest-fail-output-12', { passed: false, failed: 'output', index: 12 }],
  ['x-selftest-fail-model-00c0ffee', { passed: false, failed: 'model', crc: '00c0ffee' }],
])('a self-test that fails with %s', async (answer, found) => {
  const { device } = await connect({ answers: { 'x-selftest': [answer] } });
  expect(await device.selfTest()).toEqual(found);
});

test('the checksum of a layer', async () => {
  const { device } = await connect({
    answers: { 'x-layer 2': ['x-layer-crc-2-0badcafe'], 'x-layer 3': ['x-layer-crc-3-no'] },
  });
  expect(await device.layerChecksum(2)).toBe('0badcafe');
  await expect(device.layerChecksum(3)).rejects.toMatchObject({ code: 'OPQ0810' });
});

test('a device that is closed leaves no listener on the signal', async () => {
  const { signal } = new AbortController();
  const device = await connectDevice(fakeBoard(), { signal });
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  await device.close();
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('waiting ends when it is asked to', async () => {
  const controller = new AbortController();
  const waiting = connectDevice(fakeBoard({ silent: true }), { seconds: 60, signal: controller.signal });
  setTimeout(() => controller.abort(), 100);
  await expect(waiting).rejects.toMatchObject({ code: 'OPQ0814' });
});
