'use strict';
// Threads start from nothing: in the workspace they load the sources as everything else does, in a published package the `.js` in
// their place.
require('@opq/register');
module.exports = require('./session-worker').serve();
