'use strict';
// A process of a pool that does what each of its tasks says.
const send = (message) => process.send(message);
process.on('disconnect', () => process.exit(0));
process.on('message', ({ type, task }) => {
  if (type === 'stop') return stubborn ? undefined : process.disconnect();
  send({ type: 'progress', share: 0.5, message: String(process.pid) });
  switch (task.does) {
    case 'answer':
      return send({ type: 'done', result: task.value });
    case 'fail':
      return send({ type: 'failed', error: { code: 'OPQ0303', message: 'no', hint: 'less' } });
    case 'defect':
      return send({ type: 'defect', stack: 'TypeError: x is not y\n    at z' });
    case 'die':
      process.stderr.write('first\nout of memory\n');
      return process.exit(7);
    case 'hang':
      stubborn = true;
  }
});
let stubborn = false;
send({ type: 'ready' });
