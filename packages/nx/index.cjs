'use strict';
// Nx loads plugins as they are; a user's opq.config.ts is TypeScript, and inside this workspace so are the sources here.
require('@opq/register');
module.exports = require('./src');
