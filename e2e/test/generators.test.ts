/** A new chip, from the generator to a measurement: the commands of docs/reference/backends.md, typed in a copy of this repository. */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describeWithTools } from '../../tools/testing';
import { acmeConfig } from '../published/acme-config';

const root = resolve(__dirname, '../..');
const environment = jest.requireActual<NodeJS.ProcessEnv>('../../tools/environment.cjs');

const CONFIG = acmeConfig("{ 'cortex-m4': { target: 'qemu-cortex-m4' } }");
const CONFIG_FILE = 'e2e/demo/opq.config.ts';
const PACKAGE = 'packages/opq-backend-acme';
const TOOLS = ['git', 'npm', 'cp', 'gcc', 'arm-none-eabi-gcc', 'qemu-system-arm'];

describeWithTools(...TOOLS)('nx g @opq/nx:backend acme', () => {
  let workspace: string;

  /** A program of the copy, by its file in node_modules; npm finds nothing but what is there. */
  function type(program: string, ...args: readonly string[]) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(workspace, 'node_modules', program), ...args],
      {
        cwd: workspace,
        encoding: 'utf8',
        timeout: 300_000,
        env: { ...environment, NO_COLOR: '1', FORCE_COLOR: '0', npm_config_offline: 'true' },
      },
    );
    return { status, text: stdout + stderr };
  }
  const nx = (...args: readonly string[]) => type('nx/dist/bin/nx.js', ...args);
  const generate = () => nx('g', '@opq/nx:backend', 'acme', '--no-interactive');
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=opq', '-c', 'user.email=opq@localhost', ...args], {
      cwd: workspace,
      encoding: 'utf8',
    });
  /** Every file that is not as it was committed, with what is in it. */
  const changes = (): ReadonlyMap<string, string> =>
    new Map(
      git('status', '--short', '-uall')
        .split('\n')
        .map((line) => line.slice(3))
        .filter((path) => path !== '')
        .map((path) => [path, readFileSync(join(workspace, path), 'utf8')]),
    );

  beforeAll(() => {
    // On the file system of node_modules, whose files are linked rather than copied.
    mkdirSync(join(root, 'tmp'), { recursive: true });
    workspace = mkdtempSync(join(root, 'tmp', 'made-'));
    const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
    for (const file of execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\0'))
      if (file !== '') cpSync(join(root, file), join(workspace, file));
    execFileSync('cp', ['-al', join(root, 'node_modules'), join(workspace, 'node_modules')]);
    // npm writes this one in place: it must not be the same file.
    const lock = 'node_modules/.package-lock.json';
    rmSync(join(workspace, lock), { force: true });
    cpSync(join(root, lock), join(workspace, lock));
    writeFileSync(join(workspace, CONFIG_FILE), CONFIG);
    git('init', '-q');
    git('add', '-A');
    git('commit', '-q', '-m', 'before');
  }, 240_000);
  afterAll(() => rmSync(workspace, { recursive: true, force: true }));

  test('makes a package, and names it in a config that is otherwise as it was', () => {
    const { status, text } = generate();
    expect([status, text]).toEqual([0, expect.stringContaining(`CREATE ${PACKAGE}/src/index.ts`)]);
    const wanted = CONFIG.replace('cortexM()]', "cortexM(), 'opq-backend-acme']").replace(
      /boards: .*/,
      "boards: { 'cortex-m4': { target: 'qemu-cortex-m4' }, acme: { target: 'acme' } },",
    );
    expect(changes().get(CONFIG_FILE)).toBe(wanted);
    const others = [...changes().keys()].filter((path) => !path.startsWith(`${PACKAGE}/`));
    expect(others).toEqual([CONFIG_FILE, 'package-lock.json']);
    const made = [PACKAGE, CONFIG_FILE];
    expect(type('eslint/bin/eslint.js', ...made, '--max-warnings', '0')).toEqual({ status: 0, text: '' });
    expect(type('prettier/bin/prettier.cjs', '--check', ...made)).toMatchObject({ status: 0 });
  }, 300_000);

  test('which satisfies the contract', () => {
    const { status, text } = type('@opq/cli/bin/opq.cjs', 'conformance', 'opq-backend-acme');
    expect([status, text]).toEqual([0, expect.stringContaining('npx opq deploy acme')]);
    expect(text.match(/^pass {2}/gm)).toHaveLength(18);
    expect(text).not.toMatch(/^(FAIL|skip)/m);
  }, 300_000);

  test('and is measured on an emulated board without a hand touching it', () => {
    const { status, text } = nx('run', 'deploy:acme');
    expect([status, text]).toEqual([0, expect.stringContaining('bit-exact: 5 of 5 outputs equal')]);
    expect(text).toContain('self-test: passed');
  }, 300_000);

  test('again, it changes nothing; what was edited it refuses to overwrite', () => {
    const before = changes();
    expect(generate().status).toBe(0);
    expect(changes()).toEqual(before);
    appendFileSync(join(workspace, PACKAGE, 'src/index.ts'), '// mine\n');
    const edited = changes();
    const { status, text } = generate();
    expect(status).not.toBe(0);
    expect(text).toContain(`OPQ2102: ${PACKAGE}/src/index.ts is there already`);
    expect(changes()).toEqual(edited);
  }, 300_000);
});
