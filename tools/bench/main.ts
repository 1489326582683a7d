/** What is built, run and counted: tools/bench/README.md. `npm run bench -- --help` lists the options. */
import { EXIT } from '@opq/cli';
import { main } from './command';

// A reader that went away (`npm run bench | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed);
});
const controller = new AbortController();
process.on('SIGINT', () => {
  if (controller.signal.aborted) process.exit(EXIT.interrupted);
  controller.abort();
});
process.on('SIGTERM', () => controller.abort());
void main(process.argv, controller.signal).then((code) => (process.exitCode = code));
