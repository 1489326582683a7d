const { readdirSync, existsSync } = require('node:fs');
const { join } = require('node:path');

/** One jest project per package, so that `jest --selectProjects core` runs one of them. */
const compiler = (jsc) => ['@swc/jest', { jsc: { target: 'es2022', ...jsc }, module: { type: 'commonjs' } }];
const swc = {
  '^.+\\.ts$': compiler({ parser: { syntax: 'typescript' } }),
  '^.+\\.tsx$': compiler({
    parser: { syntax: 'typescript', tsx: true },
    transform: { react: { runtime: 'automatic', importSource: 'preact' } },
  }),
};
const project = (displayName, rootDir, extra = {}) => ({
  displayName,
  rootDir,
  testEnvironment: 'node',
  setupFiles: [join(__dirname, 'tools/testing/properties.cjs')],
  // Looking a global up in jest's sandbox is slow, and the interpreters round in their innermost loops.
  sandboxInjectedGlobals: ['Math'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: swc,
  transformIgnorePatterns: ['/node_modules/(?!@opq/)'],
  ...extra,
});

/** For tests that run onnxruntime themselves. */
const onnxruntime = {
  testEnvironment: '<rootDir>/../finetune/test/support/environment.cjs',
  moduleNameMapper: {
    '^(onnxruntime-web|onnxruntime-node)$': '<rootDir>/../finetune/test/support/$1.cjs',
  },
};

/** What a package's tests need beyond that. */
const extras = {
  flasher: {
    // An ES module without a CommonJS twin.
    transform: { ...swc, '/esptool-js/lib/.+\\.js$': swc['^.+\\.ts$'] },
    transformIgnorePatterns: ['/node_modules/(?!(@opq|esptool-js)/)'],
  },
  finetune: onnxruntime,
  pipeline: onnxruntime,
};

const packages = readdirSync(join(__dirname, 'packages')).filter((name) =>
  existsSync(join(__dirname, 'packages', name, 'test')),
);

module.exports = {
  // Machines are noisy: a test that hangs is found a little later, and none fails for being slow.
  testTimeout: 60_000,
  reporters: ['default', '<rootDir>/tools/jest-summary.cjs'],
  projects: [
    ...packages.map((name) => project(name, join(__dirname, 'packages', name), extras[name])),
    ...(existsSync(join(__dirname, 'e2e/test')) ? [project('e2e', join(__dirname, 'e2e'))] : []),
    project('bench', join(__dirname, 'tools/bench')),
    project('speech', join(__dirname, 'tools/speech')),
  ],
};
