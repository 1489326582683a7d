'use strict';
module.exports = globalThis.requireOutside('onnxruntime-node');
