'use strict';
// As index.cjs; apart from it, so that inferring targets does not load what only generators need.
require('@opq/register');
module.exports = require('./src/generators');
