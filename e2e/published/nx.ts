/** The generator and the targets of Nx, in a workspace that has nothing but what is installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/docs/repository';
import { filesIn } from '../../tools/pack/check';
import { project } from './place';
import { acmeConfig } from './acme-config';

const environment = jest.requireActual<NodeJS.ProcessEnv>('../../tools/environment.cjs');
const PACKAGE = 'packages/opq-backend-acme';

const CONFIG = acmeConfig('{}');

/** A command as it is typed in the workspace. */
function type(...command: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', ...command], {
    cwd: project,
    encoding: 'utf8',
    timeout: 300_000,
    env: { ...environment, NO_COLOR: '1', FORCE_COLOR: '0' },
  });
  return { status, text: stdout + stderr };
}

export function nxRuns(): void {
  beforeAll(() => {
    writeFileSync(join(project, 'nx.json'), '{ "plugins": ["@opq/nx"], "analytics": false }\n');
    writeFileSync(join(project, 'opq.config.ts'), CONFIG);
    mkdirSync(join(project, 'packages'), { recursive: true });
  });

  test('nx g @opq/nx:backend acme makes a package that npm links, and names it in the config', () => {
    const { status, text } = type('nx', 'g', '@opq/nx:backend', 'acme', '--no-interactive');
    const made = filesIn(join(project, PACKAGE));
    expect([status, text]).toEqual([0, expect.stringContaining('UPDATE opq.config.ts')]);
    for (const path of made) expect(text).toContain(`CREATE ${PACKAGE}/${path}`);
    expect(made).toEqual([
      'README.md', 'firmware-templates/acme/drivers/uart_acme.c', 'firmware-templates/acme/template.json', 'package.json', 'src/index.ts', 'targets/acme.json', 'tsconfig.json',
    ]); // prettier-ignore
    expect(readFileSync(join(project, 'opq.config.ts'), 'utf8')).toBe(
      CONFIG.replace('cortexM()]', "cortexM(), 'opq-backend-acme']").replace(
        'boards: {}',
        "boards: {\n    acme: { target: 'acme' },\n  }",
      ),
    );
    expect(existsSync(join(project, 'node_modules/opq-backend-acme/src/index.ts'))).toBe(true);
  });

  test('its types are right', () => {
    const compiler = [join(root, 'node_modules/typescript/bin/tsc'), '-p', PACKAGE];
    expect(execFileSync(process.execPath, compiler, { cwd: project, encoding: 'utf8' })).toBe('');
  });

  test('nx run deploy:acme builds, boots and measures it', () => {
    const { status, text } = type('nx', 'run', 'deploy:acme');
    expect([status, text]).toEqual([0, expect.stringContaining('bit-exact: 5 of 5 outputs equal')]);
    expect(text).toContain('self-test: passed');
    for (const file of ['emitted/opq_model.c', 'build/firmware.elf', 'build/firmware.bin'])
      expect([file, existsSync(join(project, '.opq/acme', file))]).toEqual([file, true]);
  });
}
