import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { coreOf } from '@opq/backend';
import { templatesDirectory } from '@opq/firmware';
import type { Target } from '@opq/targets';
import { describeBoard } from './board-description';
import { TSCONFIG, type Files } from './files';
import { version } from '../../package.json';

export interface BackendPackage {
  readonly name: string;
  readonly packageName: string;
  /** Relative to the workspace. */
  readonly folder: string;
  readonly like: string;
  /** Whether tests of the workspace are jest's. */
  readonly jest: boolean;
  /** Whether the workspace checks types by itself. */
  readonly typescript: boolean;
}

const manifest = ({ packageName, name }: BackendPackage): string =>
  JSON.stringify(
    {
      name: packageName,
      version: '0.1.0',
      description: `opq backend for ${name}`,
      license: 'Apache-2.0',
      type: 'commonjs',
      exports: { '.': './src/index.ts', './package.json': './package.json' },
      scripts: { conformance: `opq conformance ${packageName}` },
      engines: { node: '>=20.19' },
      dependencies: Object.fromEntries(
        ['@opq/backend', '@opq/backend-c', '@opq/targets'].map((dependency) => [dependency, version]),
      ),
      nx: { tags: ['layer:backend'] },
    },
    null,
    2,
  );

const source = ({ name }: BackendPackage, like: Target): string => `import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BACKEND_API, type Backend } from '@opq/backend';
import { emitC, supportsC, wrongTarget } from '@opq/backend-c';
import { parseTarget } from '@opq/targets';

const file = '${name}.json';
const board = parseTarget(readFileSync(join(__dirname, '../targets', file), 'utf8'), file);

/** What opq.config.ts takes by the name of this package: C99 for ${name}. */
export const backend = (): Backend => ({
  api: BACKEND_API,
  name: '${name}',
  targets: [board],
  templates: [join(__dirname, '../firmware-templates')],
  supports: (layer, model, target) =>
    target.name === board.name
      ? supportsC(layer, model)
      : wrongTarget(layer, target, \`Choose target \${board.name}.\`),
  emit: async (model, _, options) => emitC(model, { ...options, core: '${coreOf(like)}' }),
});
`;

const jestTest = `import { runConformance } from '@opq/backend/conformance';
import { backend } from '../src';

test('the backend satisfies the contract', async () => {
  const { results } = await runConformance(backend(), { print: () => undefined });
  expect(results.filter(({ problem }) => problem !== undefined)).toEqual([]);
}, 300_000);
`;

const readme = ({ packageName, name }: BackendPackage, like: Target): string => `# ${packageName}

The opq backend for ${name}. It began as ${like.title}.

- \`targets/${name}.json\`: memory, compiler, serial line and timer of the board
- \`firmware-templates/${name}\`: what differs from the template \`${like.template}\`; a file here stands in for one of the same name there
- \`src/index.ts\`: the backend: what it takes, and how it emits C

\`\`\`sh
npx opq conformance ${packageName}
npx nx run deploy:${name}
\`\`\`
`;

/** Every file of the package, by its path in the workspace. */
export function backendFiles(request: BackendPackage): Files {
  const { name, folder } = request;
  const driver = { driver: name };
  const described = describeBoard(name, request.like, `${folder}/targets`);
  const { like } = described;
  const json = JSON.parse(described.json) as { readonly uart: object };
  const board = { ...json, template: name, uart: { ...json.uart, ...driver } };
  const uart = (of: string): string => `drivers/uart_${of.replaceAll('-', '_')}.c`;
  const template = `${folder}/firmware-templates/${name}`;
  return {
    [`${folder}/package.json`]: `${manifest(request)}\n`,
    [`${folder}/README.md`]: readme(request, like),
    [`${folder}/src/index.ts`]: source(request, like),
    [`${folder}/targets/${name}.json`]: `${JSON.stringify(board, null, 2)}\n`,
    [`${template}/template.json`]: `${JSON.stringify({ extends: [like.template] })}\n`,
    // The driver is there to be changed: it begins as the one of the board that this one is like.
    [`${template}/${uart(name)}`]: readFileSync(
      join(templatesDirectory, like.template, uart(like.uart.driver)),
      'utf8',
    ),
    ...(request.jest && { [`${folder}/test/conformance.test.ts`]: jestTest }),
    ...(!request.typescript && { [`${folder}/tsconfig.json`]: TSCONFIG }),
  };
}
