#!/usr/bin/env node
'use strict';
// opq.config.ts of a user is TypeScript, and so are the sources in the workspace; a published package has `.js` in their place.
require('@opq/register');
require('../src/main').run(process.argv);
