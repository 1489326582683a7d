import { conformanceTests, runOnHost } from '@opq/backend/conformance';
import { describeWithTools } from '../../../tools/testing';
import { cortexM } from '../src';

describeWithTools('gcc')('conformance', () => {
  const tests = conformanceTests(cortexM(), {
    exactModels: 3,
    execute: async (artifacts, inputs) => runOnHost(artifacts, inputs),
  });
  test.each(tests.map(({ name, run }) => [name, run] as const))('%s', (_, run) => run(), 60_000);
});
