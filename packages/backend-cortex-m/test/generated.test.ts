import { builtInTargets } from '@opq/targets';
import { backendFor, requireChecked } from '@opq/backend';
import { generateInput, generateModel } from '@opq/ir/testing';
import { createIntegerInterpreter } from '@opq/reference';
import { describeWithTools } from '../../../tools/testing';
import { cortexM } from '../src';
import { runOnHost } from '@opq/backend/conformance';

const target = builtInTargets.find(({ name }) => name === 'qemu-cortex-m4')!;
const backend = backendFor(target, [cortexM()]);

/** Networks per run; each is compiled with sanitisers, which takes about half a second. */
const MODELS = Number(process.env['OPQ_GENERATED_MODELS'] ?? 40);
const INPUTS = 8;

describeWithTools('gcc')('on the host', () => {
  test.each(Array.from({ length: MODELS }, (_, seed) => seed))(
    'generated network %i: emitted C gives the bytes of the oracle, under ASan and UBSan',
    async (seed) => {
      const model = requireChecked(generateModel(seed), backend, target);
      const { artifacts } = await backend.emit(model, target);
      const inputs = Array.from({ length: INPUTS }, (_, i) => generateInput(model, i));
      const oracle = createIntegerInterpreter(model.model);
      const wanted = inputs.flatMap((input) => Array.from(oracle.run([input])[0]!));
      const got = runOnHost(artifacts, Int8Array.from(inputs.flatMap((input) => Array.from(input))));
      expect(Array.from(got)).toEqual(wanted);
    },
    60_000,
  );
});
