import { cortexM } from '@opq/backend-cortex-m';
import { generateModel } from '@opq/ir/testing';
import { describeOnDevice } from '../src/jest';
import { noise } from './making';

const model = generateModel(13);

describe.each(['host', 'mps2-an386'])('%s', (device) => {
  describeOnDevice('a generated network', { model, backends: [cortexM()], device }, (subject) => {
    test('every output is the oracle’s', async () => {
      const found = await subject.compare(noise(model, 6));
      expect(found).toMatchObject({ total: 6, equal: 6, firstDifference: null });
      expect(found.accuracy).toBeGreaterThanOrEqual(0);
    });

    test('the network is at hand, a board only where there is one', () => {
      expect(subject.compressed).toBe(model);
      expect(subject.board() === undefined).toBe(device === 'host');
    });
  });
});

describe('a device that is not known', () => {
  test.each([['mps2-an368', 'OPQ0501'], ['nowhere.json', 'OPQ1602']])('%s', (device, code) => {
    const suite = () => describeOnDevice('x', { model, backends: [cortexM()], device }, () => undefined);
    expect(suite).toThrow(expect.objectContaining({ code }));
  }); // prettier-ignore
});
