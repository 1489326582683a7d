import { ModelAssembler, type Model } from '@opq/ir';
import { syntheticInputs, type SyntheticPlan } from '../src';

const network = (shape: readonly number[]): Model => {
  const m = new ModelAssembler();
  const input = m.input('input', [1, ...shape]);
  const mean = m.layer({ kind: 'mean', name: 'mean', input, axes: [1, 2], keepDims: false });
  return m.finish('means', [mean]);
};
const PLAN: SyntheticPlan = {
  count: 4, seed: 1, kind: 'auto', known: { range: [0, 1] }, runtime: 'wasm', workers: 1,
}; // prettier-ignore

describe('inputs made up', () => {
  it('are scenes for colour images', async () =>
    expect(await syntheticInputs(network([8, 8, 3]), PLAN, {})).toMatchObject({
      kind: 'scenes',
      data: { count: 4, shape: [8, 8, 3] },
    }));

  it('are optimised for what is no colour image, which takes classes', async () => {
    await expect(syntheticInputs(network([8, 8, 1]), PLAN, {})).rejects.toMatchObject({ code: 'OPQ1423' });
    const drawn = { ...PLAN, kind: 'scenes' } as const;
    expect(await syntheticInputs(network([8, 8, 1]), drawn, {})).toMatchObject({ kind: 'scenes' });
  });

  it('are what was asked for', async () =>
    expect(await syntheticInputs(network([8, 8, 3]), { ...PLAN, kind: 'white' }, {})).toMatchObject({
      kind: 'white',
    }));
});
