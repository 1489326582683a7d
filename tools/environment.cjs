'use strict';
/** Nx without daemon, cloud or questions, whatever the shell says. */
module.exports = {
  ...process.env,
  CI: 'true',
  NX_DAEMON: 'false',
  NX_NO_CLOUD: 'true',
  NX_ISOLATE_PLUGINS: 'false',
  NX_TUI: 'false',
};
