import { conformanceTests, runOnHost } from '@opq/backend/conformance';
import { describeWithTools } from '../../../tools/testing';
import { esp32 } from '../src';

describeWithTools('gcc')('conformance', () => {
  const tests = conformanceTests(esp32(), {
    models: 12,
    exactModels: 2,
    execute: async (artifacts, inputs) => runOnHost(artifacts, inputs),
  });
  test.each(tests.map(({ name, run }) => [name, run] as const))('%s', (_, run) => run(), 120_000);
});
