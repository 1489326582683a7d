import { resolve } from 'node:path';
import { cortexM } from '@opq/backend-cortex-m';
import { parseConfig } from '@opq/pipeline';
import { createNodes, targetsOf } from '../src';

const config = parseConfig(
  {
    model: 'm.tflite',
    compress: false,
    backends: [cortexM()],
    boards: { 'cortex-m4': { target: 'qemu-cortex-m4' }, lab: { target: 'qemu-cortex-m7', port: '/dev/x' } },
  },
  '/w/app/opq.config.ts',
);

test('compress and emit are cached, boards are measured anew, one at a time', () => {
  const targets = targetsOf(config, 'app', ['{workspaceRoot}/packages/*/src/**/*']);
  expect(Object.keys(targets)).toEqual(['compress', 'emit-cortex-m4', 'cortex-m4', 'emit-lab', 'lab']);
  expect(targets['compress']).toMatchObject({ cache: true, outputs: ['{projectRoot}/.opq/model.opq'] });
  expect(targets['emit-lab']).toMatchObject({ cache: true, dependsOn: ['compress'] });
  expect(targets['cortex-m4']).toMatchObject({
    cache: false,
    parallelism: false,
    dependsOn: ['compress', 'emit-cortex-m4'],
    options: { config: 'app/opq.config.ts', compressed: 'app/.opq/model.opq', board: 'cortex-m4' },
  });
  for (const target of Object.values(targets)) expect(target.executor).toMatch(/^@opq\/nx:/);
});

test('a config in the root of the workspace has paths without a folder', () => {
  expect(targetsOf(config, '.', [])['compress']!.options).toEqual({
    config: 'opq.config.ts',
    output: '.opq/model.opq',
  });
});

test('in the workspace of opq itself a result depends on all that its packages hold but tests and texts', async () => {
  const workspaceRoot = resolve(__dirname, '../../..');
  const file = 'e2e/demo/opq.config.ts';
  const [[, { projects }]] = (await createNodes[1]([file], undefined, {
    workspaceRoot,
    nxJsonConfiguration: {},
  })) as [[string, { projects: Record<string, { targets: Record<string, { inputs?: unknown[] }> }> }]];
  for (const target of ['compress', 'emit-cortex-m4'])
    expect(projects['e2e/demo']!.targets[target]!.inputs).toEqual(
      expect.arrayContaining([
        '{workspaceRoot}/packages/*/**/*',
        '!{workspaceRoot}/packages/*/test/**/*',
        '!{workspaceRoot}/packages/**/*.md',
      ]),
    );
});
