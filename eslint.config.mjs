import tseslint from 'typescript-eslint';
import nx from '@nx/eslint-plugin';

/** Arrows point down only: which layer of packages may import which. */
const allowed = {
  foundation: [],
  plot: [],
  ir: [],
  data: ['ir'],
  importer: ['ir'],
  core: ['ir'],
  reference: ['ir'],
  repair: ['ir', 'core', 'reference'],
  finetune: ['ir', 'data', 'core', 'reference'],
  'backend-contract': ['ir', 'reference', 'flasher'],
  'backend-shared': ['ir', 'reference', 'backend-contract'],
  backend: ['ir', 'core', 'importer', 'backend-contract', 'backend-shared'],
  firmware: ['backend-contract'],
  flasher: [],
  pipeline: [
    'ir',
    'data',
    'importer',
    'core',
    'reference',
    'repair',
    'finetune',
    'backend-contract',
    'firmware',
    'flasher',
  ],
  hil: ['ir', 'data', 'reference', 'backend-contract', 'firmware', 'flasher', 'pipeline'],
  report: ['pipeline', 'hil', 'plot'],
  farm: ['ir', 'data', 'backend-contract', 'flasher', 'pipeline', 'hil'],
  cli: [
    'cli',
    'report',
    'pipeline',
    'hil',
    'farm',
    'plot',
    'backend',
    'ir',
    'data',
    'importer',
    'core',
    'reference',
    'repair',
    'finetune',
    'backend-contract',
    'firmware',
    'flasher',
  ],
};

export default tseslint.config(
  {
    ignores: [
      ...['**/node_modules/**', '**/dist/**', '**/.opq/**', '**/generated/**', '.nx/**', '**/tmp/**'],
      // A package as somebody else would write it: its own compiler checks it, where it is installed.
      'e2e/third-party-backend/**',
    ],
  },
  {
    files: ['**/*.ts', '**/*.tsx', '**/*.mts'],
    extends: [tseslint.configs.strict],
    plugins: { '@nx': nx },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'off',
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          banTransitiveDependencies: true,
          depConstraints: Object.entries(allowed).map(([layer, below]) => ({
            sourceTag: `layer:${layer}`,
            onlyDependOnLibsWithTags: ['layer:foundation', ...below.map((name) => `layer:${name}`)],
          })),
        },
      ],
    },
  },
  {
    // A file has one reason to exist. One that cannot be cut, such as a table, would be named here with its reason; none is.
    rules: { 'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }] },
  },
  {
    files: ['**/test/**/*.ts', 'e2e/**/*.ts', 'tools/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
