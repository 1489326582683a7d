/** Commands in the documentation: each is run by a test, or stands in a table with what it needs. */
import type { Page } from './markdown';

export interface DocumentedCommand {
  readonly page: string;
  readonly line: number;
  /** One command: comments, line continuations and `&&` are gone. */
  readonly text: string;
}

const SHELL = new Set(['sh', 'bash', 'console']);

/** The commands of a page's shell blocks, in order. */
export const commandsOf = ({ path, code }: Page): readonly DocumentedCommand[] =>
  code
    .filter(({ language }) => SHELL.has(language))
    .flatMap(({ text, line }) =>
      text
        .replace(/\\\n\s*/g, ' ')
        .split('\n')
        .map((one) => one.replace(/(^|\s+)#.*$/, '').trim())
        .flatMap((one) => one.split(' && '))
        .filter((one) => one !== '')
        .map((one) => ({ page: path, line, text: one.replace(/^\$ /, '') })),
    );

/** The words of a command without quotes, variables or patterns: the shell would see the same. */
export const words = (command: string): readonly string[] => command.split(/\s+/);

/** A command of opq's own, without what comes before its name; undefined for others. */
export function opqArguments(command: string): readonly string[] | undefined {
  const match = /^(?:npx )?opq (.*)$/.exec(command.replace(/ > \S+$/, ''));
  return match?.[1] === undefined ? undefined : words(match[1]);
}

/**
 * Commands that a test types, in this order, in one folder; with words added that make them quick and change nothing else. What
 * earlier ones write, later ones read.
 */
export const RUN: readonly { readonly text: string; readonly more?: string }[] = [
  { text: 'npx opq inspect e2e/demo/digits.tflite' },
  {
    text: 'npx opq compress e2e/demo/digits.tflite --flash 20k --data mnist --data-scale 1/255 -o digits.opq',
    more: '--repair fold',
  },
  {
    text: 'npx opq deploy mps2-an386 --compressed digits.opq --model e2e/demo/digits.tflite --data mnist --data-scale 1/255 --samples 100',
    more: '--samples 5',
  },
  { text: 'npx opq emit mps2-an386 --compressed digits.opq -o generated' },
  {
    text: 'npx opq emit mps2-an386 --model e2e/demo/digits.tflite --flash 20k --data mnist --data-scale 1/255 -o generated --json',
    more: '--repair fold',
  },
  {
    text: 'npx opq emit esp32 --model e2e/demo/digits.tflite --flash 20k --data mnist --data-scale 1/255 -o components/opq_model',
    more: '--repair fold',
  },
  {
    text: 'npx opq emit tflm --model e2e/demo/digits.tflite --flash 20k --data mnist --data-scale 1/255 -o generated',
    more: '--repair fold',
  },
  { text: 'npx opq devices' },
  { text: 'npx opq inspect model.tflite' },
  {
    text: 'npx opq deploy mps2-an386 --model model.tflite --flash 20k --data images.bin --labels labels.csv',
    more: '--repair fold',
  },
  {
    text: 'npx opq compress model.tflite --flash 30k --data images.bin --backend tflite',
    more: '--repair fold',
  },
  { text: 'npx opq verify model.tflite .opq/tflm/emitted/model.tflite', more: '--runtime opq' },
  {
    text: 'npx opq verify model.tflite .opq/tflm/emitted/model.tflite --data images.bin --labels labels.csv',
    more: '--runtime opq',
  },
  { text: 'npx opq compress model.tflite --flash 30k --data images.bin', more: '--repair fold' },
  { text: 'npx opq emit tflm --compressed .opq/model.opq -o generated' },
  {
    text: 'opq hil mps2-an386 --model model.opq --source model.tflite --data images.bin --labels labels.csv --json > run.json',
  },
  { text: 'opq report run.json --out report.html' },
  {
    text: 'opq hil mps2-an386 --model model.opq --data images.bin --labels labels.csv --samples 200 --threshold 80% --junit hil.xml',
    more: '--data-scale 1/255',
  },
];

/** Commands that no test types here, with the reason: which other test runs them, or what they need. */
export const ELSEWHERE: readonly { readonly like: RegExp; readonly because: string }[] = [
  { like: /^npm ci$/, because: 'begins every run of the build server (.ci/run)' },
  { like: /^npm test$/, because: 'the build server’s own command (.ci/run)' },
  { like: /^npm run demo$/, because: 'the build server’s own command (.ci/run)' },
  {
    like: /^npm run pack -- --output dist$/,
    because: 'e2e/test/published.test.ts packs into another folder',
  },
  {
    like: /^npx changeset version$|^npm install$|^for tarball in .* npm publish /,
    because: 'changes the version of every package, and needs an account of the registry',
  },
  { like: /^npm run e2e:third-party$/, because: 'e2e/test/published.test.ts runs it' },
  { like: /^npm run docs:build$/, because: 'e2e/test/site.test.ts builds the site' },
  {
    like: /^npm run (bench|calibrate|test:kernels)( |$)/,
    because: 'minutes long; tools/bench/test and packages/kernels/test run the same code',
  },
  {
    like: /^npm run speech -- |^apt-get install espeak-ng /,
    because:
      'ten minutes, and hundreds of megabytes of recordings; tools/speech/test runs most of the same code',
  },
  { like: /^npx jest --selectProjects \w+$/, because: 'the build server runs all projects' },
  {
    like: /^npx nx run deploy:(cortex-m4|esp32)$/,
    because:
      'e2e/test/nx.test.ts runs this target and others that Nx infers, tools/demo.cjs deploy:cortex-m4',
  },
  {
    like: /^npx nx g @opq\/nx:backend acme |^npx opq conformance opq-backend-acme$|^npx nx run deploy:acme$/,
    because: 'changes the workspace it is typed in; e2e/test/generators.test.ts types it in a copy',
  },
  {
    like: /^npx nx g @opq\/nx:(target|loader) desk/,
    because: 'packages/nx/test/generators.test.ts runs both generators and checks what they make',
  },
  {
    like: /^npm install opq-backend-rp2040$|^npx opq (deploy|hil) pico$|^npx opq conformance opq-backend-rp2040$/,
    because:
      'tools/third-party.ts types it where the example is installed; e2e/test/published.test.ts runs that',
  },
  { like: / --port \/dev\/| --drive \/media\//, because: 'needs a physical board' },
  { like: / esp32(c3|s3)? .*--port /, because: 'needs a physical board' },
  {
    like: /^opq farm |--farm redis:/,
    because: 'needs a Redis on another machine; packages/cli/test/farm.test.ts runs one here',
  },
  { like: /\$(OPQ_TEST_DATA|DATA)\//, because: 'needs foreign networks and samples' },
  { like: /--data (cifar10|photos)|--data-resize/, because: 'needs a data set that is not installed' },
  {
    like: /^npx opq mlperf mps2-an386 --model ic\.opq /,
    because: 'needs the benchmark’s samples; e2e/test/mlperf.test.ts runs these modes with them',
  },
  { like: /^opq compare /, because: 'needs networks and data sets that are not installed' },
  {
    like: /^npx opq report run\.json --sweep/,
    because: 'packages/report/test/example.test.ts makes the report of this example',
  },
  { like: /^opq report before\.json/, because: 'packages/report/test compares two runs' },
  { like: /^npx opq compress --config e2e\/demo/, because: 'trains for a minute; the demo does the same' },
  { like: /^(git clone|cd|python3) /, because: 'needs the network and the sources of TensorFlow Lite Micro' },
  { like: /^cmake /, because: 'needs a tree of TensorFlow Lite Micro' },
];
