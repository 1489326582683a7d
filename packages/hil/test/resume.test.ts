import fc from 'fast-check';
import { flasherErrors } from '@opq/errors';
import { resumingDevice } from '../src';
import { fakeDevice } from './fake-device';

const input = (i: number): Int8Array => Int8Array.of(i, -i, i + 1, 3);

test('wherever the connection is lost, every sample is answered once and rightly', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 40 }), async (failures) => {
      // At most two failures in a row, so that three attempts are enough.
      const left = failures.map((fail, i) => fail && !(failures[i - 1] === true && failures[i - 2] === true));
      const planned = left.filter(Boolean).length;
      let lost = 0;
      let asked = 0;
      const fails = (): boolean => {
        asked++;
        return left.shift() ?? false;
      };
      const device = await resumingDevice(async () => fakeDevice(fails), { attempts: 60, pause: 0, onInterruption: () => lost++ }); // prettier-ignore
      for (let i = 0; i < 12; i++) {
        await device.load(input(i));
        expect((await device.infer()).output).toEqual(input(i).map((v) => 2 * v));
      }
      await device.close();
      // Each step asks once, and each failure costs the steps up to it.
      expect(asked).toBeGreaterThanOrEqual(24);
      expect(lost).toBe(planned - left.filter(Boolean).length);
    }),
    { numRuns: 60 },
  );
});

test('after a loss the input is loaded again before the inference', async () => {
  const log: string[] = [];
  const plan = [false, true];
  const device = await resumingDevice(async () => {
    log.push('open');
    return fakeDevice(() => plan.shift() ?? false, log);
  }, { pause: 0 }); // prettier-ignore
  await device.load(input(5));
  await device.infer();
  expect(log).toEqual(['open', 'load', 'infer', 'close', 'open', 'load', 'infer']);
});

test('a board that stays away is given up after so many attempts, with the last reason', async () => {
  let opened = 0;
  const open = async () => {
    opened++;
    throw flasherErrors.noPort('/dev/ttyACM0', []);
  };
  const seen: string[] = [];
  const giving = resumingDevice(open, {
    attempts: 3,
    pause: 0,
    onInterruption: ({ code }) => seen.push(code),
  });
  await expect(giving).rejects.toMatchObject({
    code: 'OPQ1601',
    message: expect.stringMatching(/3 times in a row.*OPQ0803: There is no serial port \/dev\/ttyACM0/),
  });
  expect([opened, seen]).toEqual([3, ['OPQ0803', 'OPQ0803']]);
});

test('what cannot pass is not tried again', async () => {
  let opened = 0;
  const wrong = resumingDevice(async () => {
    opened++;
    throw flasherErrors.wrongDevice('fake', 'model', 'a', 'b');
  });
  await expect(wrong).rejects.toMatchObject({ code: 'OPQ0811' });
  const defect = resumingDevice(async () => fakeDevice(() => { throw new TypeError('a defect'); }), { pause: 0 }); // prettier-ignore
  await expect((await defect).infer()).rejects.toThrow(TypeError);
  expect(opened).toBe(1);
});

test('it stops when it is asked to', async () => {
  const controller = new AbortController();
  const open = async () => {
    controller.abort();
    throw flasherErrors.disconnected('fake');
  };
  await expect(resumingDevice(open, { pause: 0, signal: controller.signal })).rejects.toMatchObject({ code: 'OPQ0814' }); // prettier-ignore
});
