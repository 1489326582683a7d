'use strict';
// A process of `opq sweep`: loads what it does as bin/opq.cjs does.
require('@opq/register');
require('../src/sweep-worker').serve();
