import { flasherErrors } from '@opq/errors';
import type { Device } from '@opq/flasher';

/** A board that doubles its input, and is gone when `fails` says so; opened anew, it has forgotten its input. */
export function fakeDevice(fails: () => boolean, log: string[] = []): Device {
  let input: Int8Array | undefined;
  let gone = false;
  const step = async <T>(name: string, work: () => T): Promise<T> => {
    log.push(name);
    if (gone || fails()) {
      gone = true;
      throw flasherErrors.disconnected('fake');
    }
    return work();
  };
  return {
    name: 'fake',
    info: () =>
      step('info', () => ({ target: 't', model: 'm', modelCrc: '0', inputBytes: 4, outputBytes: 4, layers: 1, arenaBytes: 8, timerHz: 1 })),
    load: (values) => step('load', () => void (input = values.slice())),
    infer: () => step('infer', () => ({ output: (input ?? new Int8Array(4)).map((v) => 2 * v), ticks: 7 })),
    testLine: (bytes) =>
      step('testLine', () => ({ bytes: bytes.length, sentBytes: bytes.length, frames: 1, resent: 0 })),
    profile: () => step('profile', () => [7]),
    selfTest: () => step('selfTest', () => ({ passed: true as const })),
    layerChecksum: () => step('layerChecksum', () => '00000000'),
    memory: () => step('memory', () => ({ arenaBytes: 8, stackPeak: 1, stackSize: 2 })),
    inferenceStack: () => step('stack', () => 1),
    clockRate: () => step('clockRate', () => 1),
    command: () => step('command', () => []),
    close: async () => void log.push('close'),
  };
} // prettier-ignore
