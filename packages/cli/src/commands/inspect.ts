import type { Command } from 'commander';
import { loadModel } from '@opq/pipeline';
import { examples, jsonFlag } from '../flags';
import { inspect, inspectText } from '../inspect';
import { print } from '../output';

export function inspectCommand(program: Command): void {
  const command = program
    .command('inspect')
    .description('show layers, weights and MACs of a network, and what each target says to it')
    .argument('<model>', 'network to read (.tflite, .h5, .keras, .onnx)')
    .addHelpText('after', examples('opq inspect model.tflite', 'opq inspect model.tflite --json'));
  jsonFlag(command).action(async (file: string, { json }: { readonly json?: boolean }) => {
    const found = inspect(await loadModel(file));
    print(json ? JSON.stringify(found, null, 2) : inspectText(found));
  });
}
